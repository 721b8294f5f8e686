// The state of the exchange: everything that the log has decided so far, and nothing else.
//
// Users and assets are found by id; accounts are dense arrays by the slot of an asset or a market, in
// the order in which those were created, because a hot path that builds string keys spends its time on
// that. Plain data; the functions that change it are in the other files of this folder.

import type {
  Amount,
  Decoded,
  EnvelopeParams,
  OrderId,
  Sequence,
  StockId,
  TimeMicros,
  UserId,
} from '@picostocks/protocol';
import { BookSide } from './book-side.ts';
import type { Order } from './order.ts';

export interface Key {
  readonly publicKey: Uint8Array;
  nonceNext: number;
}

/** What a user has of one asset. Neither part is ever negative. */
export interface Account {
  free: Amount;
  locked: Amount;
}

/** A user's open orders in one market, newest first through `Order.ownOlder`. */
export interface OwnOrders {
  count: number;
  newest: Order | undefined;
}

export interface User {
  readonly id: UserId;
  /** By key id. */
  readonly keys: Key[];
  /** By `Asset.slot`. */
  readonly accounts: (Account | undefined)[];
  /** By `Market.slot`. */
  readonly ownOrders: (OwnOrders | undefined)[];
}

type AssetParams = Decoded<EnvelopeParams<'create_asset'>>;
export type AssetDetails = Required<Omit<AssetParams, 'stockId' | 'code'>>;

export interface Asset {
  readonly slot: number;
  readonly id: StockId;
  readonly code: string;
  details: AssetDetails;
  /** Minus what all users hold together: the outside world's balance, zero or negative. */
  outside: Amount;
  /** How much of it has changed hands as the stock of a market, ever. */
  traded: Amount;
  readonly timeInit: TimeMicros;
  /** When it first was ready to trade. */
  timeWait: TimeMicros | undefined;
  timeChanged: TimeMicros;
}

type MarketParams = Decoded<EnvelopeParams<'list_market'>>;
type GivenRules = Required<Omit<MarketParams, 'stockId' | 'unitId'>>;
/** The reference price follows the last trade; the rest changes only by an operator's command. */
export type MarketRules = Omit<GivenRules, 'referencePrice'> & { referencePrice: Amount };

export interface Market {
  readonly slot: number;
  readonly stock: Asset;
  readonly unit: Asset;
  rules: MarketRules;
  makerPpm: number;
  takerPpm: number;
  /** Zero before the first trade. */
  lastPrice: Amount;
  readonly bids: BookSide;
  readonly asks: BookSide;
  readonly timeCreated: TimeMicros;
  timeChanged: TimeMicros;
}

export interface Settings {
  registrationOpen: boolean;
  /** What a new user of a sandbox gets of every asset. */
  gift: Amount;
  feeUserId: UserId | undefined;
}

export interface State {
  /** Of the last entry applied; 0 before genesis. */
  sequence: Sequence;
  time: TimeMicros;
  exchange: string;
  rules: number;
  sandbox: boolean;
  readonly settings: Settings;
  /** By user id; user 0 is the operator. */
  readonly users: User[];
  /** Every key that is or ever was a user's, in hexadecimal. */
  readonly userByKey: Map<string, User>;
  /** In the order of creation, which is also the order of slots. */
  readonly assets: Asset[];
  readonly assetById: Map<StockId, Asset>;
  readonly assetByCode: Map<string, Asset>;
  /** In the order of listing, which is also the order of slots. */
  readonly markets: Market[];
  readonly marketByUnit: Map<StockId, Map<StockId, Market>>;
  /** Credited outputs, as `<stock> <txid as JSON> <output>`. */
  readonly depositsCredited: Set<string>;
  orderIdNext: OrderId;
  tradeIdNext: number;
  depositIdNext: number;
  transferIdNext: number;
  /** What recoveries have added to every counter; a new key's nonce starts so much higher. */
  nonceOffset: number;
}

export function createState(): State {
  return {
    sequence: 0,
    time: 0,
    exchange: '',
    rules: 0,
    sandbox: false,
    settings: { registrationOpen: false, gift: 0n, feeUserId: undefined },
    users: [],
    userByKey: new Map(),
    assets: [],
    assetById: new Map(),
    assetByCode: new Map(),
    markets: [],
    marketByUnit: new Map(),
    depositsCredited: new Set(),
    orderIdNext: 1,
    tradeIdNext: 1,
    depositIdNext: 1,
    transferIdNext: 1,
    nonceOffset: 0,
  };
}

export interface MarketId {
  readonly stockId: StockId;
  readonly unitId: StockId;
}

export function findMarket(state: State, { stockId, unitId }: MarketId): Market | undefined {
  return state.marketByUnit.get(unitId)?.get(stockId);
}

/** A user who can hold money: not the operator. */
export function findTrader(state: State, userId: UserId): User | undefined {
  return userId === 0 ? undefined : state.users[userId];
}

export function createBooks(): { readonly bids: BookSide; readonly asks: BookSide } {
  return { bids: new BookSide('bid'), asks: new BookSide('ask') };
}
