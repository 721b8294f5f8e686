// From the engine's state to the wire: assets, markets and their books. Here and in the other views,
// and nowhere else, camelCase amounts become snake_case strings.

import { crc32 } from 'node:zlib';
import { type Asset, bookSide, findMarket, type Market, type State } from '@picostocks/engine';
import {
  CHECKSUM_LEVELS,
  DEPTH_LEVELS_MAX,
  type DepthLevel,
  type DepthReply,
  formatAmount,
  type MarketRow,
  type Side,
  type StockRow,
  type TickerRow,
} from '@picostocks/protocol';
import type { DaySummary } from '../history/candle-reader.ts';
import { formatIso, formatSync, toMillis } from './times.ts';

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
    deposit: details.deposit,
    withdraw: details.withdraw,
    min_deposit: formatAmount(details.minDeposit),
    min_withdrawal: formatAmount(details.minWithdrawal),
    approval_above: formatAmount(details.approvalAbove),
    daily_withdrawal: formatAmount(details.dailyWithdrawal),
    ipo_unit_id: 0,
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
    reason: market.haltReason,
  };
}

export function tickerRow(market: Market, day: DaySummary): TickerRow {
  const { prices } = day;
  const amount = (value: bigint | undefined) => (value === undefined ? null : formatAmount(value));
  const { bids, asks } = depthOf(market);
  return {
    ...pair(market),
    price: formatAmount(market.lastPrice),
    quantity: formatAmount(day.quantity),
    count: day.count,
    sync: formatSync(market.timeChanged),
    open: amount(prices?.open),
    high: amount(prices?.high),
    low: amount(prices?.low),
    value: formatAmount(day.value),
    bid: bids[0]?.[0] ?? null,
    bid_quantity: bids[0]?.[1] ?? null,
    ask: asks[0]?.[0] ?? null,
    ask_quantity: asks[0]?.[1] ?? null,
    time: toMillis(market.timeChanged),
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

// --- Depth ---------------------------------------------------------------------------------------

interface Depth {
  readonly bookSequence: number;
  readonly bids: readonly DepthLevel[];
  readonly asks: readonly DepthLevel[];
}

/** The depth of each market as it was made last: a book is only summed again after it has changed. */
const depths = new WeakMap<Market, Depth>();

function depthOf(market: Market): Depth {
  const { bookSequence } = market;
  const known = depths.get(market);
  if (known?.bookSequence === bookSequence) return known;
  const depth = { bookSequence, bids: levelsOf(market, 'bid'), asks: levelsOf(market, 'ask') };
  depths.set(market, depth);
  return depth;
}

function levelsOf(market: Market, side: Side): DepthLevel[] {
  const levels: DepthLevel[] = [];
  let price = -1n;
  let quantity = 0n;
  let count = 0;
  const end = (): void => {
    if (count > 0) levels.push([formatAmount(price), formatAmount(quantity), count]);
  };
  for (const order of bookSide(market, side).orders()) {
    if (order.price !== price) {
      end();
      if (levels.length === DEPTH_LEVELS_MAX) return levels;
      price = order.price;
      quantity = 0n;
      count = 0;
    }
    quantity += order.remaining;
    count += 1;
  }
  end();
  return levels;
}

/** The book by price level, as far as asked for; the checksum is over the best levels of it in any case. */
export function depthReply(market: Market, levels: number): DepthReply {
  const { bids, asks } = depthOf(market);
  return {
    stock_id: market.stock.id,
    unit_id: market.unit.id,
    sequence: market.bookSequence,
    time: toMillis(market.timeChanged),
    checksum: checksum([...bids.slice(0, CHECKSUM_LEVELS), ...asks.slice(0, CHECKSUM_LEVELS)]),
    bids: bids.slice(0, levels),
    asks: asks.slice(0, levels),
  };
}

function checksum(levels: readonly DepthLevel[]): number {
  return crc32(levels.map(([price, quantity]) => `${price}:${quantity}`).join(','));
}

// --- Markets -------------------------------------------------------------------------------------

/** Markets by stock, then unit; only those of the given assets. */
export function chooseMarkets(
  state: State,
  { stockId, unitId }: { stockId: number | undefined; unitId: number | undefined },
): Market[] {
  if (stockId !== undefined && unitId !== undefined) {
    const market = findMarket(state, { stockId, unitId });
    return market === undefined ? [] : [market];
  }
  return state.markets
    .filter((market) => stockId === undefined || market.stock.id === stockId)
    .filter((market) => unitId === undefined || market.unit.id === unitId)
    .sort((left, right) => left.stock.id - right.stock.id || left.unit.id - right.unit.id);
}
