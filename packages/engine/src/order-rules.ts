// What a market asks of an order's price and quantity, whether it is placed or amended.

import {
  AMOUNT_LIMIT,
  type Amount,
  type Rejection,
  type Side,
  type Valued,
  valueRange,
} from '@picostocks/protocol';
import type { Market, MarketRules } from './state.ts';

const MILLION = 1_000_000n;

export function checkIsOpen(market: Market): Rejection | undefined {
  if (market.stock.details.status !== 'traded') return 'asset_not_traded';
  if (market.unit.details.status !== 'traded') return 'asset_not_traded';
  if (market.rules.status !== 'open') return 'market_halted';
  return undefined;
}

/** The rules from `tick_size` to `price_band`. A reduction keeps a price that once was good. */
export function checkRules(
  rules: MarketRules,
  order: Valued,
  { isReduction }: { isReduction: boolean },
): Rejection | undefined {
  const { price, quantity } = order;
  if (!isReduction && price % rules.tick !== 0n) return 'tick_size';
  if (quantity % rules.lot !== 0n) return 'lot_size';
  if (quantity < rules.minQuantity) return 'quantity_too_small';
  if (quantity > rules.maxQuantity) return 'quantity_too_large';
  const { floor, ceiling } = valueRange(order);
  if (floor < rules.minValue || floor === 0n) return 'order_value_too_small';
  if (ceiling > rules.maxValue || ceiling >= AMOUNT_LIMIT) return 'order_value_too_large';
  if (!isReduction && isOutsideBand(rules, price)) return 'price_band';
  return undefined;
}

function isOutsideBand(rules: MarketRules, price: Amount): boolean {
  const { priceBandPpm, referencePrice } = rules;
  if (priceBandPpm === 0 || referencePrice === 0n) return false;
  const distance = price > referencePrice ? price - referencePrice : referencePrice - price;
  return distance * MILLION > referencePrice * BigInt(priceBandPpm);
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
