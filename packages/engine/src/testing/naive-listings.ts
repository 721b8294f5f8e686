// Assets, markets and fees in the naive engine: docs/protocol.md §6.4 and §6.7.

import {
  ASSETS_MAX,
  type EnvelopeCommandOf,
  type EnvelopeType,
  MARKETS_MAX,
} from '@picostocks/protocol';
import {
  findAsset,
  findMarket,
  type NaiveMarket,
  type NaiveState,
  NO_AMOUNT_REACHES,
  type Outcome,
} from './naive-state.ts';

type ParamsOf<T extends EnvelopeType> = EnvelopeCommandOf<T>['params'];

export function createAsset(
  state: NaiveState,
  params: ParamsOf<'create_asset'>,
  time: number,
): Outcome {
  if (findAsset(state, params.stockId) !== undefined) return 'stock_id_taken';
  if (state.assets.some((asset) => asset.code === params.code)) return 'code_taken';
  if (state.assets.length >= ASSETS_MAX) return 'capacity';
  const status = params.status ?? 'traded';
  state.assets.push({
    stockRank: 0,
    name: '',
    stockType: 'asset',
    email: '',
    www: '',
    about: '',
    quantity: 0n,
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
    ...params,
    status,
    timeInit: time,
    timeWait: status === 'wait' || status === 'traded' ? time : undefined,
    timeChanged: time,
    traded: 0n,
    outside: 0n,
  });
  return [{ kind: 'asset_created', stockId: params.stockId }];
}

export function changeAsset(
  state: NaiveState,
  params: ParamsOf<'change_asset'>,
  time: number,
): Outcome {
  const asset = findAsset(state, params.stockId);
  if (asset === undefined) return 'stock_not_found';
  Object.assign(asset, params);
  asset.timeChanged = time;
  if (params.status === 'wait' || params.status === 'traded') asset.timeWait ??= time;
  return [{ kind: 'asset_changed', stockId: params.stockId }];
}

function hasReversedLimits(market: NaiveMarket): boolean {
  const { tick, lot, minQuantity, maxQuantity, minValue, maxValue } = market;
  if ([tick, lot, minQuantity, minValue].includes(0n)) return true;
  return minQuantity > maxQuantity || minValue > maxValue;
}

export function listMarket(
  state: NaiveState,
  params: ParamsOf<'list_market'>,
  time: number,
): Outcome {
  const { stockId, unitId } = params;
  if (findAsset(state, stockId) === undefined) return 'stock_not_found';
  if (findAsset(state, unitId) === undefined) return 'stock_not_found';
  if (stockId === unitId) return 'same_asset';
  if (findMarket(state, { stockId, unitId }) !== undefined) return 'market_exists';
  if (findMarket(state, { stockId: unitId, unitId: stockId }) !== undefined) {
    return 'inverse_market_exists';
  }
  const market: NaiveMarket = {
    status: 'open',
    tick: 1n,
    lot: 1n,
    minQuantity: 1n,
    maxQuantity: NO_AMOUNT_REACHES - 1n,
    minValue: 1_000_000n,
    maxValue: NO_AMOUNT_REACHES - 1n,
    priceBandPpm: 0,
    referencePrice: 0n,
    maxOpenOrders: 10_000,
    selfTrade: 'cancel_newest',
    ...params,
    makerPpm: 0,
    takerPpm: 0,
    lastPrice: 0n,
    haltReason: '',
    bookSequence: 0,
    timeCreated: time,
    timeChanged: time,
  };
  if (hasReversedLimits(market)) return 'limits_reversed';
  if (state.markets.length >= MARKETS_MAX) return 'capacity';
  state.markets.push(market);
  return [{ kind: 'market_listed', stockId, unitId }];
}

export function changeMarket(
  state: NaiveState,
  params: ParamsOf<'change_market'>,
  time: number,
): Outcome {
  const market = findMarket(state, params);
  if (market === undefined) return 'market_not_found';
  if (hasReversedLimits({ ...market, ...params })) return 'limits_reversed';
  Object.assign(market, params);
  if (params.status !== undefined) market.haltReason = '';
  return marketChanged(market, time);
}

export function haltMarket(
  state: NaiveState,
  params: ParamsOf<'halt_market'>,
  time: number,
): Outcome {
  const market = findMarket(state, params);
  if (market === undefined) return 'market_not_found';
  market.status = 'halted';
  market.haltReason = params.reason;
  return marketChanged(market, time);
}

export function resumeMarket(
  state: NaiveState,
  params: ParamsOf<'resume_market'>,
  time: number,
): Outcome {
  const market = findMarket(state, params);
  if (market === undefined) return 'market_not_found';
  market.status = 'open';
  market.haltReason = '';
  return marketChanged(market, time);
}

export function setFees(state: NaiveState, params: ParamsOf<'set_fees'>, time: number): Outcome {
  const { makerPpm, takerPpm } = params;
  const market = findMarket(state, params);
  if (market === undefined) return 'market_not_found';
  const isCharging = makerPpm > 0 || takerPpm > 0;
  if (isCharging && state.feeUserId === undefined) return 'fee_user_missing';
  market.makerPpm = makerPpm;
  market.takerPpm = takerPpm;
  return marketChanged(market, time);
}

function marketChanged(market: NaiveMarket, time: number): Outcome {
  market.timeChanged = time;
  return [{ kind: 'market_changed', stockId: market.stockId, unitId: market.unitId }];
}

export function setFeeTier(state: NaiveState, params: ParamsOf<'set_fee_tier'>): Outcome {
  const { tier, makerDiscountPpm, takerDiscountPpm } = params;
  state.tiers = state.tiers.filter((known) => known.tier !== tier);
  state.tiers.push({ tier, makerDiscountPpm, takerDiscountPpm });
  return [{ kind: 'fee_tier_changed', tier }];
}
