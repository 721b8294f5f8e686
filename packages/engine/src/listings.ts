// What the exchange trades: assets and markets with their rules (docs/protocol.md §6.4).

import {
  AMOUNT_LIMIT,
  ASSETS_MAX,
  type DecodedParams,
  MARKETS_MAX,
  type Rejection,
} from '@picostocks/protocol';
import type { Act } from './act.ts';
import {
  type Asset,
  type AssetDetails,
  createBooks,
  findMarket,
  type Market,
  type MarketRules,
  type State,
} from './state.ts';

const NEW_ASSET: AssetDetails = {
  stockRank: 0,
  name: '',
  stockType: 'asset',
  email: '',
  www: '',
  about: '',
  quantity: 0n,
  status: 'traded',
  docId: 0,
  transactionId: 0,
  ipoUserId: 0,
  ipoMaxQuantity: 0n,
  ipoMinPrice: 0n,
  btcAddress: null,
  ethAddress: null,
  ethDecimals: 0,
  minFee: 0n,
  perFee: '0.0000',
  deposit: true,
  withdraw: true,
  minDeposit: 0n,
  minWithdrawal: 0n,
  approvalAbove: 0n,
  dailyWithdrawal: 0n,
};

const NEW_MARKET: MarketRules = {
  status: 'open',
  tick: 1n,
  lot: 1n,
  minQuantity: 1n,
  maxQuantity: AMOUNT_LIMIT - 1n,
  minValue: 1_000_000n,
  maxValue: AMOUNT_LIMIT - 1n,
  priceBandPpm: 0,
  referencePrice: 0n,
  maxOpenOrders: 10_000,
  selfTrade: 'cancel_newest',
};

export function createAsset(
  state: State,
  { events }: Act,
  params: DecodedParams<'create_asset'>,
): Rejection | undefined {
  const { stockId, code, ...details } = params;
  if (state.assetById.has(stockId)) return 'stock_id_taken';
  if (state.assetByCode.has(code)) return 'code_taken';
  if (state.assets.length >= ASSETS_MAX) return 'capacity';

  // After this line the command succeeds.
  const asset: Asset = {
    slot: state.assets.length,
    id: stockId,
    code,
    details: { ...NEW_ASSET, ...details },
    outside: 0n,
    traded: 0n,
    timeInit: state.time,
    timeWait: undefined,
    timeChanged: state.time,
  };
  noteReady(asset, state.time);
  state.assets.push(asset);
  state.assetById.set(stockId, asset);
  state.assetByCode.set(code, asset);
  events.push({ kind: 'asset_created', stockId });
  return undefined;
}

function noteReady(asset: Asset, time: number): void {
  const { status } = asset.details;
  if (status === 'wait' || status === 'traded') asset.timeWait ??= time;
}

export function changeAsset(
  state: State,
  { events }: Act,
  params: DecodedParams<'change_asset'>,
): Rejection | undefined {
  const { stockId, ...details } = params;
  const asset = state.assetById.get(stockId);
  if (asset === undefined) return 'stock_not_found';

  // After this line the command succeeds.
  asset.details = { ...asset.details, ...details };
  asset.timeChanged = state.time;
  noteReady(asset, state.time);
  events.push({ kind: 'asset_changed', stockId });
  return undefined;
}

function areReversed(rules: MarketRules): boolean {
  const { tick, lot, minQuantity, maxQuantity, minValue, maxValue } = rules;
  if (tick === 0n || lot === 0n || minQuantity === 0n || minValue === 0n) return true;
  return minQuantity > maxQuantity || minValue > maxValue;
}

export function listMarket(
  state: State,
  { events }: Act,
  params: DecodedParams<'list_market'>,
): Rejection | undefined {
  const { stockId, unitId, ...given } = params;
  const stock = state.assetById.get(stockId);
  const unit = state.assetById.get(unitId);
  if (stock === undefined || unit === undefined) return 'stock_not_found';
  if (stock === unit) return 'same_asset';
  if (findMarket(state, params) !== undefined) return 'market_exists';
  if (findMarket(state, { stockId: unitId, unitId: stockId }) !== undefined) {
    return 'inverse_market_exists';
  }
  const rules = { ...NEW_MARKET, ...given };
  if (areReversed(rules)) return 'limits_reversed';
  if (state.markets.length >= MARKETS_MAX) return 'capacity';

  // After this line the command succeeds.
  const market: Market = {
    slot: state.markets.length,
    stock,
    unit,
    rules,
    limits: undefined,
    makerPpm: 0,
    takerPpm: 0,
    lastPrice: 0n,
    haltReason: '',
    bookSequence: 0,
    ...createBooks(),
    timeCreated: state.time,
    timeChanged: state.time,
  };
  state.markets.push(market);
  const byStock = state.marketByUnit.get(unitId) ?? new Map<number, Market>();
  state.marketByUnit.set(unitId, byStock.set(stockId, market));
  events.push({ kind: 'market_listed', stockId, unitId });
  return undefined;
}

export function changeMarket(
  state: State,
  { events }: Act,
  params: DecodedParams<'change_market'>,
): Rejection | undefined {
  const { stockId, unitId, ...given } = params;
  const market = findMarket(state, params);
  if (market === undefined) return 'market_not_found';
  const rules = { ...market.rules, ...given };
  if (areReversed(rules)) return 'limits_reversed';

  // After this line the command succeeds.
  market.rules = rules;
  if (given.status !== undefined) market.haltReason = '';
  market.timeChanged = state.time;
  events.push({ kind: 'market_changed', stockId, unitId });
  return undefined;
}

export function haltMarket(
  state: State,
  act: Act,
  params: DecodedParams<'halt_market'>,
): Rejection | undefined {
  const market = findMarket(state, params);
  if (market === undefined) return 'market_not_found';

  // After this line the command succeeds.
  setStatus(state, act, { market, status: 'halted', reason: params.reason });
  return undefined;
}

export function resumeMarket(
  state: State,
  act: Act,
  params: DecodedParams<'resume_market'>,
): Rejection | undefined {
  const market = findMarket(state, params);
  if (market === undefined) return 'market_not_found';

  // After this line the command succeeds.
  setStatus(state, act, { market, status: 'open', reason: '' });
  return undefined;
}

function setStatus(
  state: State,
  { events }: Act,
  { market, status, reason }: { market: Market; status: MarketRules['status']; reason: string },
): void {
  market.rules = { ...market.rules, status };
  market.haltReason = reason;
  market.timeChanged = state.time;
  events.push({ kind: 'market_changed', stockId: market.stock.id, unitId: market.unit.id });
}
