// What the simulated traders of one market believe that a stock is worth: a walk that wanders off
// and comes back. All in atoms, as everywhere.

import { type Amount, formatAmount, parseAmount } from '@picostocks/protocol';
import type { SandboxMarket } from './listing.ts';
import type { Random } from './random.ts';

const MILLION = 1_000_000n;
/** One move, at most. */
const MOVE_PPM = 900;
/** This part of the distance to where it began is taken back with each move. */
const PULL = 250n;

export class ReferencePrice {
  readonly market: SandboxMarket;
  readonly #home: Amount;
  readonly #step: Amount;
  #price: Amount;

  constructor(market: SandboxMarket) {
    this.market = market;
    this.#home = amountOf(market.price);
    this.#step = amountOf(market.step);
    this.#price = this.#home;
  }

  move(random: Random): void {
    const walk = (this.#price * BigInt(random.between(-MOVE_PPM, MOVE_PPM))) / MILLION;
    this.#price += walk + (this.#home - this.#price) / PULL;
  }

  /** The price so many parts per million away, on the traders' grid, never zero. */
  at(ppm: number): string {
    const price = (this.#price * (MILLION + BigInt(ppm))) / MILLION;
    const steps = (price + this.#step / 2n) / this.#step;
    return formatAmount((steps > 0n ? steps : 1n) * this.#step);
  }

  /** How far a price is from this one. */
  distancePpm(price: string): number {
    const distance = amountOf(price) - this.#price;
    return Number(((distance < 0n ? -distance : distance) * MILLION) / this.#price);
  }

  /** A quantity up to the ordinary one, in hundredths of it. */
  quantity(random: Random): string {
    return formatAmount((amountOf(this.market.quantity) * BigInt(random.between(1, 100))) / 100n);
  }
}

function amountOf(text: string): Amount {
  const amount = parseAmount(text);
  if (amount === undefined) throw new Error(`${text} is no amount`);
  return amount;
}
