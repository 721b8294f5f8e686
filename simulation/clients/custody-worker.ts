// A custody worker as docs/custody.md describes it: it polls, signs with a key of its own, and keeps each
// transaction on its own disk before it sends it. It crashes anywhere and goes on from what it finds.

import type { Random } from '@picostocks/engine/testing';
import type {
  DepositRow,
  EnvelopeParams,
  EnvelopeType,
  WithdrawalRow,
  Written,
} from '@picostocks/protocol';
import type { Counts } from '../counts.ts';
import type { Chain, Transaction } from '../world/chain.ts';
import type { Client } from './client.ts';
import type { Deed } from './deed.ts';

const SECOND = 1_000_000;
/** In the middle of paying, and elsewhere. */
const PAYING_CRASH_PERCENT = 12;
const CRASH_PERCENT = 2;
/** Reports that are made again after a crash. */
const REPEATED = 3;
/** Of its crashes. */
const DISK_LOSS_PERCENT = 10;

/** What outlives the program: transactions by withdrawal. */
export type WorkerDisk = Map<number, Transaction>;

class WorkerCrash extends Error {
  override readonly name = 'WorkerCrash';
}

export interface CustodyWorkerFields {
  readonly client: Client;
  readonly chain: Chain;
  readonly random: Random;
  readonly counts: Counts;
  readonly disk: WorkerDisk;
}

export class CustodyWorker {
  readonly #client: Client;
  readonly #chain: Chain;
  readonly #random: Random;
  readonly #counts: Counts;
  readonly #disk: WorkerDisk;
  /** What it reported already. */
  readonly #reported = new Set<string>();
  #hasLostDisk = false;
  #addresses = 0;
  crashes = true;

  constructor(fields: CustodyWorkerFields) {
    this.#client = fields.client;
    this.#chain = fields.chain;
    this.#random = fields.random;
    this.#counts = fields.counts;
    this.#disk = fields.disk;
  }

  /** Works at intervals until told to stop. */
  async act(everyMicros: number, goesOn: () => boolean): Promise<void> {
    while (goesOn()) {
      await this.#client.sleep(2 * everyMicros);
      if (goesOn()) await this.work();
    }
  }

  /** Once through everything that there is to do, unless it crashes. */
  async work(): Promise<void> {
    try {
      if (this.#hasLostDisk) await this.#giveUpClaimed();
      await this.#registerAddresses();
      await this.#reportArrivals();
      await this.#moveDeposits();
      await this.#goOnPaying();
      await this.#claimAndPay();
    } catch (error) {
      if (!(error instanceof WorkerCrash)) throw error;
      this.#counts.add('fault worker_crash');
      // It knows where it had come to, and not what became of the last reports.
      for (const txid of [...this.#reported].slice(-REPEATED)) this.#reported.delete(txid);
      if (this.#random.chance(DISK_LOSS_PERCENT)) {
        this.#counts.add('fault worker_disk_lost');
        this.#disk.clear();
        this.#reported.clear();
        this.#hasLostDisk = true;
      }
      await this.#client.sleep(10 * SECOND);
      this.#client.use(this.#client.userId);
    }
  }

  async #registerAddresses(): Promise<void> {
    const wanted =
      await this.#client.read<{ user_id: number; stock_id: number }[]>('custody/addresses/');
    for (const { user_id, stock_id } of wanted ?? []) {
      this.#addresses += 1;
      const { keyId } = this.#client;
      const address = `in-${stock_id}-${keyId}-${this.#addresses}`;
      const memo = this.#random.chance(30) ? { memo: `${user_id}` } : {};
      await this.#say('register_address', { user_id, stock_id, address, ...memo });
    }
  }

  async #reportArrivals(): Promise<void> {
    for (const { txid, stockId, address, memo, quantity, isDropped } of this.#chain.arrivals) {
      if (this.#reported.has(txid) || isDropped) continue;
      const params = { stock_id: stockId, address, memo, quantity, txid };
      const { outcome } = await this.#say('report_deposit', params);
      if (outcome?.kind === 'applied' || outcome?.kind === 'rejected') this.#reported.add(txid);
    }
  }

  async #moveDeposits(): Promise<void> {
    const rows = await this.#client.read<DepositRow[]>('custody/deposits/', { after: 0 });
    for (const { id, txid, status } of rows ?? []) {
      const arrival = this.#chain.arrivals.find((other) => other.txid === txid);
      if (arrival === undefined) continue;
      const change = { deposit_id: id };
      if (arrival.isDropped) {
        await this.#say('change_deposit', { ...change, status: 'canceled', reason: 'dropped' });
      } else if (arrival.isConfirmed && status === 'init' && this.#random.chance(50)) {
        await this.#say('change_deposit', { ...change, status: 'confirmed' });
      } else if (arrival.isConfirmed) {
        await this.#say('change_deposit', { ...change, status: 'done' });
      }
    }
  }

  async #claimAndPay(): Promise<void> {
    for (const status of ['queued', 'accepted'] as const) {
      for (const row of await this.#withdrawals(status)) {
        const claim = { withdrawal_id: row.id, status: 'busy' as const };
        const { outcome } = await this.#say('change_withdrawal', claim);
        if (outcome?.kind === 'applied') await this.#pay(row);
      }
    }
  }

  async #goOnPaying(): Promise<void> {
    for (const row of await this.#own('busy')) await this.#pay(row);
    for (const { id, txid } of await this.#own('confirmed')) {
      if (this.#chain.find(txid)?.isFinal !== true) continue;
      await this.#say('change_withdrawal', { withdrawal_id: id, status: 'done' });
    }
  }

  async #pay({ id, stock_id: stockId, address, memo, quantity }: WithdrawalRow): Promise<void> {
    let transaction = this.#disk.get(id);
    if (transaction === undefined) {
      const txid = this.#chain.newTxid();
      transaction = { txid, stockId, address, memo, quantity };
      this.#mayCrash(PAYING_CRASH_PERCENT);
      this.#disk.set(id, transaction);
    }
    this.#mayCrash(PAYING_CRASH_PERCENT);
    const { txid } = transaction;
    if (this.#chain.find(txid) === undefined) this.#chain.send(transaction);
    this.#mayCrash(PAYING_CRASH_PERCENT);
    await this.#client.sleep(4 * SECOND);
    if (this.#chain.find(txid) === undefined) return;
    await this.#say('change_withdrawal', { withdrawal_id: id, status: 'confirmed', txid });
  }

  /** Nobody knows what was sent: an operator has to look. */
  async #giveUpClaimed(): Promise<void> {
    const rows = await this.#list('busy');
    if (rows === undefined) return;
    let all = true;
    for (const { id, claimed_by: by } of rows) {
      if (by !== this.#client.keyId) continue;
      const change = { withdrawal_id: id, status: 'error' as const, reason: 'the disk is lost' };
      const { outcome } = await this.#say('change_withdrawal', change);
      all &&= outcome?.kind === 'applied';
    }
    if (all) this.#hasLostDisk = false;
  }

  async #own(status: 'busy' | 'confirmed'): Promise<WithdrawalRow[]> {
    // What was claimed before the disk was lost is not touched until that was said.
    if (this.#hasLostDisk && status === 'busy') return [];
    const rows = await this.#withdrawals(status);
    return rows.filter(({ claimed_by: by }) => by === this.#client.keyId);
  }

  async #withdrawals(status: string): Promise<WithdrawalRow[]> {
    return (await this.#list(status)) ?? [];
  }

  #list(status: string): Promise<WithdrawalRow[] | undefined> {
    return this.#client.read<WithdrawalRow[]>('custody/withdrawals/', { status, after: 0 });
  }

  #say<T extends EnvelopeType>(type: T, params: Written<EnvelopeParams<T>>): Promise<Deed> {
    const deed = this.#client.command(type, params);
    // On its way, and nobody waits for its answer any more.
    this.#mayCrash();
    return deed;
  }

  #mayCrash(percent = CRASH_PERCENT): void {
    if (this.crashes && this.#random.chance(percent)) throw new WorkerCrash('crashed');
  }
}
