// From the engine's state and the history's rows to the wire: the one place where camelCase amounts
// become snake_case strings in answers.

import {
  type Asset,
  bookSide,
  type Market,
  type Order,
  type State,
  type User,
} from '@picostocks/engine';
import {
  type BalanceRow,
  ENTRY_KINDS,
  type Entry,
  type EntryKind,
  type EntryReply,
  type ExternalTransferRow,
  encodeRecord,
  formatAmount,
  type InternalTransferRow,
  type MarketRow,
  type OrderBookRow,
  type Side,
  type StockRow,
  type TickerRow,
  type TimeMicros,
  type TradeRow,
  toHex,
} from '@picostocks/protocol';
import type {
  DayVolume,
  DepositRecord,
  TradeRecord,
  TransferRecord,
} from '../history/history-reader.ts';

/** Unix seconds with six decimals. */
export function formatSync(time: TimeMicros): string {
  const text = String(time).padStart(7, '0');
  return `${text.slice(0, -6)}.${text.slice(-6)}`;
}

/** ISO 8601 in whole seconds, as the published API writes it. */
function formatIso(time: TimeMicros | undefined): string | null {
  if (time === undefined) return null;
  return new Date(Math.floor(time / 1_000)).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

export function toMillis(time: TimeMicros): number {
  return Math.floor(time / 1_000);
}

/** Every asset that the user ever held, by id. */
export function balanceRows(state: State, user: User): BalanceRow[] {
  const rows: BalanceRow[] = [];
  for (const asset of state.assets) {
    const account = user.accounts[asset.slot];
    if (account === undefined) continue;
    const locked = formatAmount(account.locked);
    rows.push({ stock_id: asset.id, locked, free: formatAmount(account.free) });
  }
  return rows.sort((left, right) => left.stock_id - right.stock_id);
}

export function stockRow(asset: Asset): StockRow {
  const { details } = asset;
  return {
    id: asset.id,
    stock_rank: details.stockRank,
    code: asset.code,
    name: details.name,
    stock_type: details.stockType,
    email: details.email,
    www: details.www,
    about: details.about,
    quantity: formatAmount(details.quantity),
    traded: formatAmount(asset.traded),
    status: details.status,
    doc_id: details.docId,
    transaction_id: details.transactionId,
    ipo_user_id: details.ipoUserId,
    ipo_max_quantity: formatAmount(details.ipoMaxQuantity),
    ipo_min_price: formatAmount(details.ipoMinPrice),
    ipo_rec_price: formatAmount(0n),
    ipo_price: formatAmount(0n),
    ipo_balance: formatAmount(0n),
    btc_address: details.btcAddress,
    eth_address: details.ethAddress,
    eth_decimals: details.ethDecimals,
    min_fee: formatAmount(details.minFee),
    per_fee: details.perFee,
    time_init: formatIso(asset.timeInit),
    time_ipo: null,
    time_wait: formatIso(asset.timeWait),
    sync: formatSync(asset.timeChanged),
  };
}

export function marketRow(market: Market): MarketRow {
  const { rules } = market;
  return {
    ...pair(market),
    status: rules.status,
    tick: formatAmount(rules.tick),
    lot: formatAmount(rules.lot),
    min_quantity: formatAmount(rules.minQuantity),
    max_quantity: formatAmount(rules.maxQuantity),
    min_value: formatAmount(rules.minValue),
    max_value: formatAmount(rules.maxValue),
    price_band_ppm: rules.priceBandPpm,
    max_open_orders: rules.maxOpenOrders,
    maker_ppm: market.makerPpm,
    taker_ppm: market.takerPpm,
    self_trade: rules.selfTrade,
    reference_price: formatAmount(rules.referencePrice),
    created: toMillis(market.timeCreated),
  };
}

export function tickerRow(market: Market, volume: DayVolume): TickerRow {
  return {
    ...pair(market),
    price: formatAmount(market.lastPrice),
    quantity: formatAmount(volume.quantity),
    count: volume.count,
    sync: formatSync(market.timeChanged),
  };
}

function pair({ stock, unit }: Market) {
  return {
    stock_id: stock.id,
    unit_id: unit.id,
    stock_code: stock.code.toUpperCase(),
    unit_code: unit.code.toUpperCase(),
  };
}

/** Markets by stock, then unit; only those of the given assets. */
export function chooseMarkets(
  state: State,
  { stockId, unitId }: { stockId: number | undefined; unitId: number | undefined },
): Market[] {
  return state.markets
    .filter((market) => stockId === undefined || market.stock.id === stockId)
    .filter((market) => unitId === undefined || market.unit.id === unitId)
    .sort((left, right) => left.stock.id - right.stock.id || left.unit.id - right.unit.id);
}

/** The first orders of one side of some markets: best price first, then oldest first. */
export function orderBookRows(
  markets: readonly Market[],
  { side, user, limit }: { side: Side; user: User | undefined; limit: number },
): OrderBookRow[] {
  const rows: OrderBookRow[] = [];
  for (const market of markets) {
    const orders =
      user === undefined ? bookSide(market, side).orders() : ownOrders(market, user, side);
    for (const order of orders) {
      if (rows.length >= limit) return rows;
      rows.push(orderBookRow(order));
    }
  }
  return rows;
}

function ownOrders(market: Market, user: User, side: Side): Order[] {
  const own: Order[] = [];
  const newest = user.ownOrders[market.slot]?.newest;
  for (let order = newest; order !== undefined; order = order.ownOlder) {
    if (order.side === side) own.push(order);
  }
  return own.sort(side === 'bid' ? byBidPriority : byAskPriority);
}

function byBidPriority(left: Order, right: Order): number {
  if (left.price !== right.price) return left.price > right.price ? -1 : 1;
  return left.id - right.id;
}

function byAskPriority(left: Order, right: Order): number {
  if (left.price !== right.price) return left.price < right.price ? -1 : 1;
  return left.id - right.id;
}

function orderBookRow(order: Order): OrderBookRow {
  return {
    quantity: formatAmount(order.remaining),
    price: formatAmount(order.price),
    unit_id: order.market.unit.id,
    stock_id: order.market.stock.id,
    sync: formatSync(order.timeChanged),
    order_id: order.id,
    user_id: order.user.id,
  };
}

export function tradeRow(trade: TradeRecord): TradeRow {
  const { stock_id, quantity, unit_id, price, bid_user, ask_user, time, id } = trade;
  return { stock_id, quantity, unit_id, price, bid_user, ask_user, sync: formatSync(time), id };
}

export function internalTransferRow(transfer: TransferRecord): InternalTransferRow {
  const { stock_id, quantity, from_user, to_user, memo, time, id } = transfer;
  return { stock_id, quantity, from_user, to_user, memo, sync: formatSync(time), id };
}

/** A deposit's address is always empty and its fee always "0": the published API's words. */
export function depositRow(deposit: DepositRecord): ExternalTransferRow {
  const { quantity, txid, memo, id } = deposit;
  const status = deposit.status as ExternalTransferRow['status'];
  return { quantity, status, address: '', txid, memo, fee: '0', id };
}

const KIND_NAMES = new Map<EntryKind, EntryReply['kind']>([
  [ENTRY_KINDS.genesis, 'genesis'],
  [ENTRY_KINDS.order, 'order'],
  [ENTRY_KINDS.registration, 'registration'],
  [ENTRY_KINDS.envelope, 'envelope'],
  [ENTRY_KINDS.tick, 'tick'],
]);

/** The record is what counts; the other fields are for people. */
export function entryRow(entry: Entry): EntryReply {
  return {
    sequence: entry.sequence,
    time: entry.time,
    kind: KIND_NAMES.get(entry.kind) ?? 'tick',
    key: toHex(entry.key),
    signature: toHex(entry.signature),
    message: Buffer.from(entry.message).toString('utf8'),
    hash: toHex(entry.hash),
    record: toHex(encodeRecord(entry)),
  };
}
