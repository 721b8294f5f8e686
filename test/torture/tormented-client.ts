// A user of the exchange with a real client, who keeps several commands under way at once, and a record of
// what he was told about each. Every order has a quantity, and every transfer a memo, that no other has.

import { OutcomeUnknownError, type PicostocksClient, RejectedError } from '@picostocks/client';
import type { Random } from '@picostocks/engine/testing';
import { formatAmount, ONE } from '@picostocks/protocol';
import type { Call } from './call.ts';

export interface TormentedMarket {
  readonly stockId: number;
  readonly unitId: number;
  /** Orders are around this price. */
  readonly price: bigint;
}

export const MARKETS: readonly [TormentedMarket, TormentedMarket] = [
  { stockId: 3, unitId: 2, price: ONE / 20n },
  { stockId: 4, unitId: 2, price: ONE / 400n },
];
export const ASSETS = [2, 3, 4] as const;

/** Commands of one user under way at once. */
const LINES = 4;
/** Enough to be cancelled, few enough that one answer shows all of them. */
const OPEN_ORDERS = 100;
/** No command expires while the server is down: it would never be known what became of it. */
const LIFE_MS = 86_400_000;

/** Less than it takes to start a server: what is to expire expires while nobody is there, or right after. */
const SHORT_MS = 300;

interface OwnOrder {
  readonly id: number;
  readonly side: 'bid' | 'ask';
  readonly market: TormentedMarket;
  readonly quantity: string;
  readonly price: string;
}

export interface ClientFields {
  readonly client: PicostocksClient;
  readonly random: Random;
  /** The ids of all who trade. */
  readonly users: readonly number[];
}

export class TormentedClient {
  readonly client: PicostocksClient;
  readonly calls: Call[] = [];
  /** Calls whose outcome is not known. */
  readonly #doubts = new Set<Call>();
  readonly #resting: OwnOrder[] = [];
  readonly #random: Random;
  readonly #users: readonly number[];
  #count = 0;
  /** Answers that were lost, all in all. */
  doubtsEver = 0;

  constructor({ client, random, users }: ClientFields) {
    this.client = client;
    this.#random = random;
    this.#users = users;
  }

  get userId(): number {
    return this.client.userId;
  }

  get doubts(): number {
    return this.#doubts.size;
  }

  /** Sends commands for as long as it may. */
  async trade(isUp: () => boolean): Promise<void> {
    const line = async (): Promise<void> => {
      while (isUp()) await this.#act();
    };
    await Promise.all(Array.from({ length: LINES }, line));
  }

  /** Finds out what became of every command whose answer was lost, as far as the server lets it. */
  async resolveDoubts(): Promise<void> {
    const calls = [...this.#doubts].sort((left, right) => nonceOf(left) - nonceOf(right));
    const resolve = (call: Call) => this.#settle(call, call.doubt?.resolve());
    if (this.#random.chance(50)) {
      await Promise.all(calls.map(resolve));
      return;
    }
    for (const call of calls) await resolve(call);
  }

  async #act(): Promise<void> {
    if (this.userId === 0) return this.#deposit();
    const isFull = this.#resting.length >= OPEN_ORDERS;
    const choice = this.#random.integer(100);
    if (isFull || choice < 25) return this.#cancel();
    if (choice < 33) return this.#transfer();
    if (choice < 38) return this.#withdraw();
    if (choice < 46) return this.#amend();
    if (choice < 54) return this.#batch();
    if (choice < 64) return this.#placeUntil();
    return this.#place();
  }

  /** A number that no other command of this user has. */
  #next(): bigint {
    this.#count += 1;
    return BigInt(this.#count);
  }

  #newOrder() {
    const market = this.#random.pick(MARKETS);
    const side: 'bid' | 'ask' = this.#random.chance(50) ? 'bid' : 'ask';
    // Around the middle, so that about half of the orders meet others.
    const price = formatAmount((market.price * BigInt(90 + this.#random.integer(21))) / 100n);
    const whole = ONE * BigInt(1 + this.#random.integer(9));
    const quantity = formatAmount(whole / 10n + this.#next());
    const fields = { stockId: market.stockId, unitId: market.unitId, quantity, price };
    const words = `place_order ${side} ${market.stockId}/${market.unitId} ${quantity} at ${price}`;
    return { market, side, price, fields, words };
  }

  #rest(placed: { remaining: string; order_id: number }, order: Omit<OwnOrder, 'id' | 'quantity'>) {
    const { order_id: id, remaining: quantity } = placed;
    const { side, market, price } = order;
    if (!/^[0.]+$/.test(quantity)) this.#resting.push({ id, side, market, quantity, price });
  }

  async #place(): Promise<void> {
    const order = this.#newOrder();
    const call = this.#call(order.words);
    const { client } = this;
    const { fields } = order;
    const isBid = order.side === 'bid';
    await this.#settle(call, isBid ? client.putBid(fields) : client.putAsk(fields));
    if (call.verdict.kind !== 'applied') return;
    this.#rest(call.verdict.reply as { remaining: string; order_id: number }, order);
  }

  /** An order that ends by itself: at once, or not while this goes on. */
  async #placeUntil(): Promise<void> {
    const order = this.#newOrder();
    const call = this.#call(`${order.words} gtt`);
    const lifeMs = this.#random.chance(70) ? 1 + this.#random.integer(SHORT_MS) : LIFE_MS;
    const goodUntil = new Date(Date.now() + lifeMs);
    const { side, fields } = order;
    const placing = this.client.placeOrder({ ...fields, side, goodUntil, lifeMs: LIFE_MS });
    await this.#settle(call, placing);
  }

  async #amend(): Promise<void> {
    const order = this.#random.pickAny(this.#resting);
    if (order === undefined) return this.#place();
    const { id } = order;
    const quantity = formatAmount(ONE / 10n + this.#next());
    const call = this.#call(`amend_order ${id} to ${quantity}`);
    const amending = this.client.amendOrder({ orderId: id, quantity, lifeMs: LIFE_MS });
    await this.#settle(call, amending);
  }

  /** Two orders, and a cancel of one that is mostly gone. */
  async #batch(): Promise<void> {
    const orders = [this.#newOrder(), this.#newOrder()];
    const words = [...orders.map((order) => order.words), 'cancel_order'];
    const call = this.#call(`batch ${words.join(', ')}`);
    const placing = orders.map(({ side, fields }) => ({
      operation: 'place_order' as const,
      ...{ side, ...fields },
    }));
    const orderId = this.#random.pickAny(this.#resting)?.id ?? 1;
    const cancel = { operation: 'cancel_order' as const, orderId };
    const operations = [...placing, cancel];
    await this.#settle(call, this.client.batch({ operations, lifeMs: LIFE_MS }));
    if (call.verdict.kind !== 'applied') return;
    const { result } = call.verdict.reply as { result: { operations: readonly object[] } };
    for (const [index, order] of orders.entries()) {
      const placed = result.operations[index];
      if (placed === undefined || !('remaining' in placed)) continue;
      this.#rest(placed as { remaining: string; order_id: number }, order);
    }
  }

  /** Nobody pays it: its money stays locked. */
  async #withdraw(): Promise<void> {
    const stockId = this.#random.pick(ASSETS);
    const quantity = formatAmount(ONE / 1_000n + this.#next());
    const address = `out-${this.userId}-${this.#count}`;
    const call = this.#call(`withdrawal ${stockId} ${quantity} to ${address}`);
    const fields = { stockId, quantity, address, lifeMs: LIFE_MS };
    await this.#settle(call, this.client.requestWithdrawal(fields));
  }

  async #cancel(): Promise<void> {
    const index = this.#random.integer(Math.max(1, this.#resting.length));
    const [order] = this.#resting.splice(index, 1);
    if (order === undefined) return this.#transfer();
    const { side, market, quantity, price } = order;
    const words = `${side} ${market.stockId}/${market.unitId} ${quantity} at ${price}`;
    const call = this.#call(`cancel_at_price ${words}`);
    const { stockId, unitId } = market;
    const fields = { stockId, unitId, quantity, price };
    const { client } = this;
    await this.#settle(call, side === 'bid' ? client.cancelBid(fields) : client.cancelAsk(fields));
  }

  async #transfer(): Promise<void> {
    const toUser = this.#random.pickAny(this.#users) ?? this.userId;
    const stockId = this.#random.pick(ASSETS);
    // Now and then more than anybody has: rejections use nonces too.
    const whole = this.#random.chance(5) ? 10n ** 9n * ONE : ONE / 1_000n;
    const quantity = formatAmount(whole + this.#next());
    const memo = `${this.userId}-${this.#count}`;
    const call = this.#call(`transfer ${stockId} ${quantity} to ${toUser} ${memo}`);
    const fields = { toUser, stockId, quantity, memo, lifeMs: LIFE_MS };
    await this.#settle(call, this.client.transfer(fields));
  }

  async #deposit(): Promise<void> {
    const toUser = this.#random.pickAny(this.#users) ?? 1;
    const stockId = this.#random.pick(ASSETS);
    const quantity = formatAmount(ONE + this.#next());
    const txid = `tx-${this.#count}`;
    const call = this.#call(`deposit ${stockId} ${quantity} to ${toUser} ${txid}`);
    const params = { user_id: toUser, stock_id: stockId, quantity, txid };
    const options = { lifeMs: LIFE_MS };
    await this.#settle(call, this.client.sendCommand('credit_deposit', params, options));
  }

  #call(what: string): Call {
    const { userId } = this;
    const text = `${userId} ${what}`;
    const call: Call = { userId, text, verdict: { kind: 'none' }, doubt: undefined };
    this.calls.push(call);
    return call;
  }

  /** Writes down what came of a call; throws only what no client may say. */
  async #settle(call: Call, answer: Promise<unknown> | undefined): Promise<void> {
    try {
      const reply = (await answer) as { sequence: number };
      call.verdict = { kind: 'applied', sequence: reply.sequence, reply };
    } catch (error) {
      if (error instanceof OutcomeUnknownError) {
        if (call.doubt === undefined) this.doubtsEver += 1;
        call.doubt = error;
        this.#doubts.add(call);
        return;
      }
      if (error instanceof RejectedError) {
        const { sequence, reason } = error;
        call.verdict = { kind: 'rejected', sequence, reason };
      } else {
        const { code } = error as { code?: string };
        const isResolved = this.#doubts.has(call);
        if (code === undefined || isResolved) throw error;
        call.verdict = { kind: 'refused', code };
      }
    }
    call.doubt = undefined;
    this.#doubts.delete(call);
  }
}

function nonceOf({ doubt }: Call): number {
  return doubt?.nonce ?? 0;
}
