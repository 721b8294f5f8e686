// The chain against the log: no withdrawal is paid twice, none is paid and given back, each that is done is
// paid once and to the right address, and coins that arrived are credited once.
//
// Every withdrawal of the simulation has an address that no other has, by which a payment is known.

import { parseAmount } from '@picostocks/protocol';
import type { ViolationKind } from '../violation.ts';
import type { Chain, Payment, Transaction } from '../world/chain.ts';
import type { MoneyRows } from './money-rows.ts';

export class ChainAudit {
  readonly #report: (kind: ViolationKind, what: string) => void;
  readonly #paid = new Map<string, Payment>();

  constructor(report: (kind: ViolationKind, what: string) => void) {
    this.#report = report;
  }

  /** The chain has taken a payment. */
  paid(payment: Payment): void {
    const { address, txid } = payment;
    const before = this.#paid.get(address);
    if (before !== undefined) {
      this.#report('paid_twice', `to ${address} with ${before.txid} and with ${txid}`);
    }
    this.#paid.set(address, payment);
  }

  /** Once nothing is under way any more. */
  checkEnd(chain: Chain, { deposits, withdrawals }: MoneyRows): void {
    const addresses = new Set<string>();
    for (const row of withdrawals.values()) {
      const payment = this.#paid.get(row.address);
      addresses.add(row.address);
      const isDone = row.status === 'done';
      const isFinal = isDone || row.status === 'canceled' || row.status === 'ignore';
      if (isFinal && isDone !== (payment !== undefined)) {
        const what = payment === undefined ? 'not paid' : `paid with ${payment.txid}`;
        this.#report('chain_differs', `withdrawal ${row.id} is ${row.status} and ${what}`);
      }
      if (payment === undefined) continue;
      const isSame = payment.quantity === row.quantity && payment.memo === row.memo;
      if (!isSame || payment.stockId !== row.stock_id) {
        this.#report(
          'chain_differs',
          `withdrawal ${row.id} was paid as ${JSON.stringify(payment)}`,
        );
      }
    }
    for (const { address, txid } of this.#paid.values()) {
      if (!addresses.has(address)) this.#report('chain_differs', `nobody asked for ${txid}`);
    }
    this.#checkArrivals(chain, deposits);
  }

  #checkArrivals(chain: Chain, deposits: MoneyRows['deposits']): void {
    const arrivals = new Map(chain.arrivals.map((arrival) => [arrival.txid, arrival]));
    const credited = new Set<string>();
    for (const row of deposits.values()) {
      // What an operator credits by hand has no address.
      if (row.address === '' || row.status === 'ignore') continue;
      const arrival = arrivals.get(row.txid);
      if (arrival === undefined || !isSame(arrival, row)) {
        this.#report('chain_differs', `deposit ${row.id} never arrived as ${JSON.stringify(row)}`);
      }
      if (row.status !== 'done') continue;
      if (arrival?.isConfirmed !== true || credited.has(row.txid)) {
        this.#report('chain_differs', `deposit ${row.id} was credited without ${row.txid}`);
      }
      credited.add(row.txid);
    }
    const known = new Map([...deposits.values()].map((row) => [row.txid, row]));
    for (const { txid, isConfirmed } of arrivals.values()) {
      const status = known.get(txid)?.status;
      const isSettled = status === 'ignore' || credited.has(txid) || !isConfirmed;
      if (!isSettled) this.#report('chain_differs', `${txid} arrived and its deposit is ${status}`);
    }
  }
}

function isSame(
  arrival: Transaction,
  row: { stock_id: number; address: string; quantity: string; memo: string },
): boolean {
  return (
    arrival.stockId === row.stock_id &&
    arrival.address === row.address &&
    arrival.memo === row.memo &&
    parseAmount(arrival.quantity) === parseAmount(row.quantity)
  );
}
