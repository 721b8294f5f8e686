// What the exchange trades: assets, markets, their rules and fees, and the settings of the whole.

import {
  AMOUNT_LIMIT,
  ASSETS_MAX,
  type EnvelopeCommandOf,
  type Event,
  MARKETS_MAX,
  type Rejection,
} from '@picostocks/protocol';
import {
  type Asset,
  type AssetDetails,
  createBooks,
  findMarket,
  findTrader,
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
  { params }: EnvelopeCommandOf<'create_asset'>,
  events: Event[],
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
  { params }: EnvelopeCommandOf<'change_asset'>,
  events: Event[],
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
  { params }: EnvelopeCommandOf<'list_market'>,
  events: Event[],
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
    makerPpm: 0,
    takerPpm: 0,
    lastPrice: 0n,
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
  { params }: EnvelopeCommandOf<'change_market'>,
  events: Event[],
): Rejection | undefined {
  const { stockId, unitId, ...given } = params;
  const market = findMarket(state, params);
  if (market === undefined) return 'market_not_found';
  const rules = { ...market.rules, ...given };
  if (areReversed(rules)) return 'limits_reversed';

  // After this line the command succeeds.
  market.rules = rules;
  market.timeChanged = state.time;
  events.push({ kind: 'market_changed', stockId, unitId });
  return undefined;
}

export function setFees(
  state: State,
  { params }: EnvelopeCommandOf<'set_fees'>,
  events: Event[],
): Rejection | undefined {
  const { stockId, unitId, makerPpm, takerPpm } = params;
  const market = findMarket(state, params);
  if (market === undefined) return 'market_not_found';
  const areFree = makerPpm === 0 && takerPpm === 0;
  if (!areFree && state.settings.feeUserId === undefined) return 'fee_user_missing';

  // After this line the command succeeds.
  market.makerPpm = makerPpm;
  market.takerPpm = takerPpm;
  market.timeChanged = state.time;
  events.push({ kind: 'market_changed', stockId, unitId });
  return undefined;
}

export function changeSettings(
  state: State,
  { params }: EnvelopeCommandOf<'change_settings'>,
  events: Event[],
): Rejection | undefined {
  const { registrationOpen, gift, feeUserId } = params;
  if (feeUserId !== undefined && findTrader(state, feeUserId) === undefined) return 'unknown_user';
  if (gift !== undefined && gift > 0n && !state.sandbox) return 'gift_outside_sandbox';

  // After this line the command succeeds.
  const { settings } = state;
  if (registrationOpen !== undefined) settings.registrationOpen = registrationOpen;
  if (gift !== undefined) settings.gift = gift;
  if (feeUserId !== undefined) settings.feeUserId = feeUserId;
  events.push({ kind: 'settings_changed' });
  return undefined;
}
