// What a market asks of an order's price and quantity, whether it is placed or amended.

import { AMOUNT_LIMIT, type Amount, ONE, type Rejection, type Side } from '@picostocks/protocol';
import type { Market, MarketRules } from './state.ts';

const MILLION = 1_000_000n;

export function checkIsOpen(market: Market): Rejection | undefined {
  if (market.stock.details.status !== 'traded') return 'asset_not_traded';
  if (market.unit.details.status !== 'traded') return 'asset_not_traded';
  if (market.rules.status !== 'open') return 'market_halted';
  return undefined;
}

/** What is checked of an order. */
export interface Ruled {
  readonly price: Amount;
  readonly quantity: Amount;
  /** price × quantity, not yet divided by `ONE`. */
  readonly product: bigint;
}

/** The rules from `tick_size` to `price_band`. A reduction keeps a price that once was good. */
export function checkRules(
  market: Market,
  { price, quantity, product }: Ruled,
  change: 'new' | 'reduction',
): Rejection | undefined {
  const { rules } = market;
  if (change === 'new' && price % rules.tick !== 0n) return 'tick_size';
  if (quantity % rules.lot !== 0n) return 'lot_size';
  if (quantity < rules.minQuantity) return 'quantity_too_small';
  if (quantity > rules.maxQuantity) return 'quantity_too_large';
  const { productLeast, productMost, priceLeast, priceMost } = limitsOf(market);
  if (product < productLeast) return 'order_value_too_small';
  if (product > productMost) return 'order_value_too_large';
  if (change === 'new' && (price < priceLeast || price > priceMost)) return 'price_band';
  return undefined;
}

/**
 * What a market's rules come to, so that no order needs a division for them. Values are compared as products:
 * floor(p) < v is p < v × ONE, and ceil(p) > v is p > v × ONE. (The least value of a market is never zero, and the
 * most is an amount, so both of docs/protocol.md §6.1 hold for zero and for 56 digits, too.)
 */
export interface Limits {
  /** What they were computed from. */
  readonly rules: MarketRules;
  readonly referencePrice: Amount;
  readonly productLeast: bigint;
  readonly productMost: bigint;
  readonly priceLeast: Amount;
  readonly priceMost: Amount;
}

/** Kept until other rules take their place or a trade moves the reference price. */
function limitsOf(market: Market): Limits {
  const { rules, limits } = market;
  if (limits?.rules === rules && limits.referencePrice === rules.referencePrice) return limits;
  const { minValue, maxValue, priceBandPpm, referencePrice } = rules;
  const isBound = priceBandPpm > 0 && referencePrice > 0n;
  // How far a price may be away; what is less than an atom more is not a price.
  const reach = (referencePrice * BigInt(priceBandPpm)) / MILLION;
  const computed = {
    rules,
    referencePrice,
    productLeast: minValue * ONE,
    productMost: maxValue * ONE,
    priceLeast: isBound ? referencePrice - reach : 0n,
    priceMost: isBound ? referencePrice + reach : AMOUNT_LIMIT,
  };
  market.limits = computed;
  return computed;
}

/** The worst price at which a market order trades that names none: the edge of the band. */
export function capOf(rules: MarketRules, side: Side): Amount | undefined {
  const { priceBandPpm, referencePrice, tick } = rules;
  if (priceBandPpm === 0 || referencePrice === 0n) return undefined;
  const band = BigInt(priceBandPpm);
  const edge =
    side === 'bid'
      ? (referencePrice * (MILLION + band)) / MILLION
      : (referencePrice * atLeast(0n, MILLION - band) + (MILLION - 1n)) / MILLION;
  const ticks = side === 'bid' ? edge / tick : (edge + (tick - 1n)) / tick;
  const cap = atLeast(1n, ticks) * tick;
  return cap < AMOUNT_LIMIT ? cap : undefined;
}

function atLeast(least: Amount, amount: Amount): Amount {
  return amount < least ? least : amount;
}
