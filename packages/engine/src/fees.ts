// Trading fees: a market's rates, the discounts of tiers, and who receives them (docs/protocol.md §6.7).

import type { DecodedParams, Rejection } from '@picostocks/protocol';
import type { Act } from './act.ts';
import { assert } from './assert.ts';
import { findMarket, findTrader, type Market, type State, type User, withSlot } from './state.ts';

const MILLION = 1_000_000;

export function makerPpmOf(state: State, user: User, market: Market): number {
  const tier = state.feeTiers[user.feeTier];
  return tier === undefined ? market.makerPpm : discounted(market.makerPpm, tier.makerDiscountPpm);
}

export function takerPpmOf(state: State, user: User, market: Market): number {
  const tier = state.feeTiers[user.feeTier];
  return tier === undefined ? market.takerPpm : discounted(market.takerPpm, tier.takerDiscountPpm);
}

/** The product is an integer below 2⁵³ and the quotient rounds to no other integer: exact. */
function discounted(ppm: number, discountPpm: number): number {
  return Math.floor((ppm * (MILLION - discountPpm)) / MILLION);
}

/** Who receives fees. Nothing has a fee before he was named. */
export function feeUserOf(state: State): User {
  const { feeUserId } = state.settings;
  const feeUser = feeUserId === undefined ? undefined : state.users[feeUserId];
  assert(feeUser !== undefined, 'there are fees only after a fee user was named');
  return feeUser;
}

export function setFees(
  state: State,
  { events }: Act,
  params: DecodedParams<'set_fees'>,
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

export function setFeeTier(
  state: State,
  { events }: Act,
  { tier, makerDiscountPpm, takerDiscountPpm }: DecodedParams<'set_fee_tier'>,
): undefined {
  // No guard: the command succeeds.
  state.feeTiers = withSlot(state.feeTiers, tier, { makerDiscountPpm, takerDiscountPpm });
  events.push({ kind: 'fee_tier_changed', tier });
}

export function setUserTier(
  state: State,
  { events }: Act,
  { userId, tier }: DecodedParams<'set_user_tier'>,
): Rejection | undefined {
  if (userId === 0) return 'operator_account';
  const user = findTrader(state, userId);
  if (user === undefined) return 'unknown_user';

  // After this line the command succeeds.
  user.feeTier = tier;
  events.push({ kind: 'user_changed', userId });
  return undefined;
}
