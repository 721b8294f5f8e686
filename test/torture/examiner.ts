// The questions after a restart. Is everything that was acknowledged in the log, once, and does the server
// say the same of it? Do nonces, balances and books agree with what follows from the log, and does all money
// add up, by what the server answers alone?

import assert from 'node:assert/strict';
import { PicostocksReader, type PicostocksReaderOptions } from '@picostocks/client';
import { bookSide, type Order, type State } from '@picostocks/engine';
import type { Random } from '@picostocks/engine/testing';
import {
  formatAmount,
  type OrderBookRow,
  parseAmount,
  type Side,
  valueCeiling,
} from '@picostocks/protocol';
import type { Call } from './call.ts';
import type { Logged, LogWitness } from './log-witness.ts';
import { ASSETS, MARKETS, type TormentedClient, type TormentedMarket } from './tormented-client.ts';

/** Old results that are asked for again each time. */
const OLD_RESULTS = 20;
const AT_ONCE = 8;
/** What ends within this time is waited for, so that nothing changes while answers are compared. */
const SOON_MS = 2_000;
/** Long enough for any machine. */
const TICK_MS_MAX = 120_000;

export interface ExaminerFields {
  readonly connection: PicostocksReaderOptions;
  readonly clients: readonly TormentedClient[];
  readonly witness: LogWitness;
  readonly random: Random;
  /** What each trader was given of each asset, in atoms. */
  readonly gift: bigint;
}

export class Examiner {
  readonly #reader: PicostocksReader;
  readonly #clients: readonly TormentedClient[];
  readonly #witness: LogWitness;
  readonly #random: Random;
  readonly #gift: bigint;
  /** How many calls of each client have been looked up. */
  readonly #checked = new Map<TormentedClient, Set<Call>>();
  #results = 0;

  constructor(fields: ExaminerFields) {
    this.#reader = new PicostocksReader(fields.connection);
    this.#clients = fields.clients;
    this.#witness = fields.witness;
    this.#random = fields.random;
    this.#gift = fields.gift;
  }

  /** Results that the server was asked for. */
  get results(): number {
    return this.#results;
  }

  /** Right after a restart: nothing that was acknowledged is lost, and nothing has changed. */
  async afterRestart(): Promise<void> {
    await this.#letTimePass();
    for (const client of this.#clients) await this.#checkCalls(client);
    await this.#checkAnswers();
  }

  /** When every doubt is settled: each command is there exactly as often as the clients were told. */
  async afterDoubts(): Promise<void> {
    await this.#letTimePass();
    for (const client of this.#clients) {
      assert.equal(client.doubts, 0, `user ${client.userId} is still in doubt`);
      await this.#checkCalls(client);
    }
    this.#checkCounts();
    await this.#checkAnswers();
  }

  /** Orders have ended meanwhile: the server has to say so in its log, though nobody sends it anything. */
  async #letTimePass(): Promise<void> {
    const end = Date.now() + TICK_MS_MAX;
    const isDue = (): boolean => (this.#witness.due ?? Infinity) <= 1_000 * (Date.now() + SOON_MS);
    this.#witness.look();
    while (isDue()) {
      assert(Date.now() < end, 'what was due is not done, and the server runs');
      await this.#reader.getNonce({ userId: 0 });
      this.#witness.look();
    }
  }

  /** Each new acknowledgement, in the log and by its nonce; and some old ones again. */
  async #checkCalls(client: TormentedClient): Promise<void> {
    const checked = this.#checked.get(client) ?? new Set<Call>();
    this.#checked.set(client, checked);
    const told = client.calls.filter(isTold);
    const fresh = told.filter((call) => !checked.has(call));
    const old = Array.from({ length: OLD_RESULTS }, () => this.#random.pickAny(told));
    const calls = [...fresh, ...old.filter((call) => call !== undefined)];
    const line = async (): Promise<void> => {
      for (let call = calls.pop(); call !== undefined; call = calls.pop()) {
        await this.#checkCall(call);
        checked.add(call);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, line));
  }

  async #checkCall(call: ToldCall): Promise<void> {
    const { verdict, userId, text } = call;
    const logged = this.#witness.commands.get(verdict.sequence);
    assert(logged !== undefined, `acknowledged and lost: entry ${verdict.sequence}, ${text}`);
    assert.equal(logged.text, text, `entry ${verdict.sequence} is another command`);
    assert.equal(logged.outcome, verdict.kind, text);
    const result = await this.#reader.getResult({ userId, nonce: logged.nonce });
    this.#results += 1;
    assert.equal(result.sequence, logged.sequence, text);
    assert.equal(result.message_hash, logged.messageHash, text);
    assert.equal(result.status, verdict.kind, text);
    if (verdict.kind === 'applied') assert.deepEqual(result.reply, verdict.reply, text);
    else assert.equal(result.reply['code'], verdict.reason, text);
  }

  /** Calls with the same text cannot be told apart, so they are counted together. */
  #checkCounts(): void {
    const expected = new Map<string, number>();
    for (const { calls } of this.#clients) {
      for (const { text, verdict } of calls) {
        const more = verdict.kind === 'refused' ? 0 : 1;
        assert(verdict.kind !== 'none', `nobody knows what became of: ${text}`);
        expected.set(text, (expected.get(text) ?? 0) + more);
      }
    }
    for (const [text, count] of expected) {
      assert.equal(this.#witness.countOf(text), count, `how often it is in the log: ${text}`);
    }
    for (const logged of this.#witness.commands.values()) this.#checkExplained(logged, expected);
  }

  /** Clients spend a nonce on purpose, with a noop; and the exchange was furnished. */
  #checkExplained({ text, sequence, userId }: Logged, expected: Map<string, number>): void {
    if (expected.has(text) || text === `${userId} noop`) return;
    assert.match(
      text,
      /^0 (create_asset|list_market|register_user|change_settings)$/,
      `nobody sent ${sequence}`,
    );
  }

  async #checkAnswers(): Promise<void> {
    const { state } = this.#witness;
    for (const { client, userId } of this.#clients) {
      const { nonce } = await client.getNonce();
      assert.equal(nonce, state.users[userId]?.keys[0]?.nonceNext, `the nonce of user ${userId}`);
      if (userId !== 0) await this.#checkUser(state, userId);
    }
    for (const market of MARKETS) await this.#checkBook(state, market);
    await this.#checkMoney();
  }

  async #checkUser(state: State, userId: number): Promise<void> {
    const user = state.users[userId];
    assert(user !== undefined);
    const expected = state.assets.map(({ slot, id }) => {
      const { free, locked } = user.accounts[slot] ?? { free: 0n, locked: 0n };
      return { stock_id: id, locked: formatAmount(locked), free: formatAmount(free) };
    });
    const balances = await this.#reader.getAssetsBalance({ userId });
    assert.deepEqual(balances, expected, `the balances of user ${userId}`);
  }

  async #checkBook(state: State, { stockId, unitId }: TormentedMarket): Promise<void> {
    const market = state.marketByUnit.get(unitId)?.get(stockId);
    assert(market !== undefined);
    const book = await this.#reader.getOrderBook({ stockId, unitId, limit: 300 });
    const rows = (side: Side) => [...bookSide(market, side).orders()].slice(0, 300).map(rowOf);
    assert.deepEqual(book.bids.map(answered), rows('bid'), `the bids of ${stockId}/${unitId}`);
    assert.deepEqual(book.asks.map(answered), rows('ask'), `the asks of ${stockId}/${unitId}`);
  }

  /** What all have is what was given to them, and what is locked is what the open orders lock. */
  async #checkMoney(): Promise<void> {
    const sums = new Map<number, bigint>(ASSETS.map((id) => [id, 0n]));
    for (const { userId } of this.#clients) {
      if (userId === 0) continue;
      const locks = await this.#locksOf(userId);
      for (const row of await this.#reader.getAssetsBalance({ userId })) {
        const [free, locked] = [atoms(row.free), atoms(row.locked)];
        assert.equal(locked, locks.get(row.stock_id) ?? 0n, `what user ${userId} has locked`);
        sums.set(row.stock_id, (sums.get(row.stock_id) ?? 0n) + free + locked);
      }
    }
    for (const [id, sum] of sums) {
      const gifts = BigInt(this.#clients.length - 1) * this.#gift;
      const given = gifts + (this.#witness.deposits.get(id) ?? 0n);
      assert.equal(sum, given, `all money of asset ${id}`);
    }
  }

  async #locksOf(userId: number): Promise<Map<number, bigint>> {
    const locks = new Map<number, bigint>();
    const { bids, asks } = await this.#reader.getOpenOrders({ userId, limit: 300 });
    assert(bids.length < 300 && asks.length < 300, 'one answer shows all open orders');
    const add = (id: number, lock: bigint) => locks.set(id, (locks.get(id) ?? 0n) + lock);
    for (const { unit_id, price, quantity } of bids) {
      add(unit_id, valueCeiling({ price: atoms(price), quantity: atoms(quantity) }));
    }
    for (const { stock_id, quantity } of asks) add(stock_id, atoms(quantity));
    const { withdrawals } = await this.#reader.getTransfersExternal({ userId, limit: 300 });
    for (const { stock_id, quantity, fee } of withdrawals) {
      add(stock_id, atoms(quantity) + atoms(fee));
    }
    return locks;
  }
}

type ToldCall = Call & { readonly verdict: Extract<Call['verdict'], { sequence: number }> };

function isTold(call: Call): call is ToldCall {
  return call.verdict.kind === 'applied' || call.verdict.kind === 'rejected';
}

function rowOf({ id, user, price, remaining }: Order) {
  return { id, user: user.id, price: formatAmount(price), quantity: formatAmount(remaining) };
}

function answered({ order_id, user_id, price, quantity }: OrderBookRow) {
  return { id: order_id, user: user_id, price, quantity };
}

function atoms(text: string): bigint {
  const amount = parseAmount(text);
  assert(amount !== undefined, `${text} is no amount`);
  return amount;
}
