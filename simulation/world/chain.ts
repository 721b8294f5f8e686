// The outside world: a chain on which coins move. It takes a transaction once, however often it is sent,
// says how often one is confirmed, and may drop one that nobody has confirmed yet.

import type { Random } from '@picostocks/engine/testing';
import type { Lifetime, VirtualTime } from '../time/virtual-time.ts';

const SECOND = 1_000_000;
const SEND_MICROS = 3 * SECOND;
const CONFIRM_MICROS = 90 * SECOND;
const DROPPED_PERCENT = 3;

export interface Transaction {
  readonly txid: string;
  readonly stockId: number;
  readonly address: string;
  readonly memo: string;
  readonly quantity: string;
}

/** Coins that arrived at an address of the exchange. */
export interface Arrival extends Transaction {
  /** In the order in which they arrived. */
  readonly index: number;
  isConfirmed: boolean;
  isDropped: boolean;
}

/** A payment of the exchange that the chain took. */
export interface Payment extends Transaction {
  isFinal: boolean;
}

export class Chain {
  readonly #time: VirtualTime;
  readonly #lifetime: Lifetime;
  readonly #random: Random;
  readonly arrivals: Arrival[] = [];
  readonly #payments = new Map<string, Payment>();
  #count = 0;
  isLosing = true;
  /** Told of each payment that the chain takes. */
  onPaid: (payment: Payment) => void = () => undefined;

  constructor(fields: { time: VirtualTime; lifetime: Lifetime; random: Random }) {
    this.#time = fields.time;
    this.#lifetime = fields.lifetime;
    this.#random = fields.random;
  }

  get payments(): readonly Payment[] {
    return [...this.#payments.values()];
  }

  /** An id that no transaction has yet: to build the same payment twice makes two. */
  newTxid(): string {
    this.#count += 1;
    return `chain-${this.#count}`;
  }

  /** Somebody outside pays to an address of the exchange. */
  arrive(coins: Omit<Transaction, 'txid'>): void {
    const index = this.arrivals.length;
    const txid = this.newTxid();
    const arrival: Arrival = { ...coins, txid, index, isConfirmed: false, isDropped: false };
    this.arrivals.push(arrival);
    this.#later(CONFIRM_MICROS, () => {
      if (this.#random.chance(DROPPED_PERCENT)) arrival.isDropped = true;
      else arrival.isConfirmed = true;
    });
  }

  /** The exchange pays. Who sends does not learn whether it came through; he can look. */
  send(transaction: Transaction): void {
    if (this.isLosing && this.#random.chance(10)) return;
    this.#later(SEND_MICROS, () => {
      if (this.#payments.has(transaction.txid)) return;
      const payment: Payment = { ...transaction, isFinal: false };
      this.#payments.set(transaction.txid, payment);
      this.onPaid(payment);
      this.#later(CONFIRM_MICROS, () => {
        payment.isFinal = true;
      });
    });
  }

  find(txid: string): Payment | undefined {
    return this.#payments.get(txid);
  }

  #later(withinMicros: number, act: () => void): void {
    this.#time.after(1 + this.#random.integer(withinMicros), this.#lifetime, act);
  }
}
