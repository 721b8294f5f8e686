// The state of the exchange: everything that the log has decided so far, and nothing else.
//
// Users and assets are found by id; accounts are dense arrays by the slot of an asset or a market, in
// the order in which those were created, because a hot path that builds string keys spends its time on
// that. Plain data; the functions that change it are in the other files of this folder. `orders`,
// `timers` and what a user counts are indexes: they follow from the rest and are not in its text.

import type {
  Amount,
  DecodedParams,
  ExternalStatus,
  OrderId,
  READ_MODES,
  Sequence,
  StockId,
  TimeMicros,
  UserId,
} from '@picostocks/protocol';
import { BookSide } from './book-side.ts';
import { IdTable } from './id-table.ts';
import type { Key } from './key.ts';
import type { Order } from './order.ts';
import type { Limits } from './order-rules.ts';
import { TimerQueue } from './timer-queue.ts';

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

/** What a user withdrew of one asset on the last UTC day on which he asked for any. */
export interface Withdrawn {
  /** Days since 1970. */
  day: number;
  quantity: Amount;
}

/** What most commands look at comes first. Lists by slots are replaced when they grow (`withSlot`). */
export interface User {
  readonly id: UserId;
  /** By key id. */
  keys: readonly Key[];
  /** By `Asset.slot`. */
  accounts: readonly (Account | undefined)[];
  /** By `Market.slot`. */
  ownOrders: readonly (OwnOrders | undefined)[];
  frozen: { readonly reason: string; readonly since: TimeMicros } | undefined;
  /** His open orders that he gave a name; most users never do. */
  clientOrderIds: Map<string, Order> | undefined;
  /** His orders with a place below this number are dead (docs/protocol.md §6.11). */
  deadBefore: OrderId;
  feeTier: number;
  /** How many of his withdrawals are not final. */
  pendingWithdrawals: number;
  /** Keys that were rotated away, the first of them first. */
  formerKeys: readonly Uint8Array[];
  /** By `Asset.slot`. */
  withdrawn: readonly (Withdrawn | undefined)[];
  /** His own daily limits instead of the assets', by `Asset.slot`. */
  dailyLimits: readonly (Amount | undefined)[];
  /** His deposit addresses by `Asset.slot`, the newest last. */
  addresses: readonly (readonly Address[] | undefined)[];
}

export type AssetDetails = Required<Omit<DecodedParams<'create_asset'>, 'stockId' | 'code'>>;

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

type GivenRules = Required<Omit<DecodedParams<'list_market'>, 'stockId' | 'unitId'>>;
/** The reference price follows the last trade; the rest changes only by an operator's command. */
export type MarketRules = Omit<GivenRules, 'referencePrice'> & { referencePrice: Amount };

export interface Market {
  readonly slot: number;
  readonly stock: Asset;
  readonly unit: Asset;
  rules: MarketRules;
  /** What the rules came to when an order last was checked. */
  limits: Limits | undefined;
  makerPpm: number;
  takerPpm: number;
  /** Zero before the first trade. */
  lastPrice: Amount;
  /** Why an operator halted it; empty if he gave no reason or did not. */
  haltReason: string;
  /** How many changes its book has seen. */
  bookSequence: number;
  readonly bids: BookSide;
  readonly asks: BookSide;
  readonly timeCreated: TimeMicros;
  timeChanged: TimeMicros;
}

/** What part of a market's fees the users of a tier do not pay. */
export interface FeeTier {
  readonly makerDiscountPpm: number;
  readonly takerDiscountPpm: number;
}

export interface Settings {
  registrationOpen: boolean;
  /** What a new user of a sandbox gets of every asset. */
  gift: Amount;
  feeUserId: UserId | undefined;
  reads: (typeof READ_MODES)[number];
}

/** A deposit that is not final. */
export interface Deposit {
  readonly id: number;
  readonly user: User;
  readonly asset: Asset;
  readonly quantity: Amount;
  readonly address: string;
  readonly memo: string;
  readonly txid: string;
  readonly output: number;
  status: ExternalStatus;
  reason: string;
  readonly timeCreated: TimeMicros;
  timeChanged: TimeMicros;
}

/** A withdrawal that is not final: its quantity and fee are locked. */
export interface Withdrawal {
  readonly id: number;
  readonly user: User;
  readonly asset: Asset;
  readonly quantity: Amount;
  readonly fee: Amount;
  readonly address: string;
  readonly memo: string;
  status: ExternalStatus;
  /** The operator's key that claimed it. */
  claimedBy: number | undefined;
  txid: string;
  reason: string;
  readonly timeCreated: TimeMicros;
  timeChanged: TimeMicros;
}

/** Where a user's deposits arrive; address and memo together name him for ever. */
export interface Address {
  readonly asset: Asset;
  readonly user: User;
  readonly address: string;
  readonly memo: string;
}

/** A user who asked for an address and has not got one yet. */
export interface WantedAddress {
  readonly user: User;
  readonly asset: Asset;
}

export type SweepReason = 'cancel_after' | 'frozen';

export interface State {
  /** Of the last entry applied; 0 before genesis. */
  sequence: Sequence;
  time: TimeMicros;
  /** Of the entry before it. Every entry sets it, so it is not in the text. */
  timeBefore: TimeMicros;
  exchange: string;
  rules: number;
  sandbox: boolean;
  readonly settings: Settings;
  /** By tier; the others have no discount. */
  feeTiers: readonly (FeeTier | undefined)[];
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
  /** Every open order. */
  readonly orders: IdTable<Order>;
  /** When orders expire and switches fire. */
  readonly timers: TimerQueue;
  /** Whose dead orders are to be cancelled, and why: the oldest first. */
  readonly sweeps: Map<User, SweepReason>;
  /** Outputs that were credited or reported, as `<stock> <txid as JSON> <output>`. */
  readonly depositsKnown: Set<string>;
  /** Those that are not final, by id. */
  readonly deposits: Map<number, Deposit>;
  /** Those that are not final, by id. */
  readonly withdrawals: Map<number, Withdrawal>;
  /** By `<user> <stock>`, in the order in which they were asked for. */
  readonly addressesWanted: Map<string, WantedAddress>;
  /** By `<stock> <address and memo as JSON>`, in the order in which they last were registered. */
  readonly addresses: Map<string, Address>;
  orderIdNext: OrderId;
  tradeIdNext: number;
  depositIdNext: number;
  transferIdNext: number;
  withdrawalIdNext: number;
  /** What recoveries have added to every counter; a new key's nonce starts so much higher. */
  nonceOffset: number;
}

export function createState(): State {
  return {
    sequence: 0,
    time: 0,
    timeBefore: 0,
    exchange: '',
    rules: 0,
    sandbox: false,
    settings: { registrationOpen: false, gift: 0n, feeUserId: undefined, reads: 'public' },
    feeTiers: [],
    users: [],
    userByKey: new Map(),
    assets: [],
    assetById: new Map(),
    assetByCode: new Map(),
    markets: [],
    marketByUnit: new Map(),
    orders: new IdTable(),
    timers: new TimerQueue(),
    sweeps: new Map(),
    depositsKnown: new Set(),
    deposits: new Map(),
    withdrawals: new Map(),
    addressesWanted: new Map(),
    addresses: new Map(),
    orderIdNext: 1,
    tradeIdNext: 1,
    depositIdNext: 1,
    transferIdNext: 1,
    withdrawalIdNext: 1,
    nonceOffset: 0,
  };
}

/** What a user has none of: one list for all of them. */
const NONE: readonly never[] = [];

export function createUser(id: UserId): User {
  return {
    id,
    keys: NONE,
    accounts: NONE,
    ownOrders: NONE,
    frozen: undefined,
    clientOrderIds: undefined,
    deadBefore: 0,
    feeTier: 0,
    pendingWithdrawals: 0,
    formerKeys: NONE,
    withdrawn: NONE,
    dailyLimits: NONE,
    addresses: NONE,
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

/**
 * A list by slots with this at a slot. It is just as long as it must be: an array that grows makes room for sixteen
 * more, and there are millions of users. No holes: they make it a dictionary to the engine.
 */
export function withSlot<T>(
  list: readonly (T | undefined)[],
  slot: number,
  value: T | undefined,
): readonly (T | undefined)[] {
  if (slot < list.length) return list.with(slot, value);
  const gap = Array.from({ length: slot - list.length }, () => undefined);
  return list.concat(gap, [value]);
}
