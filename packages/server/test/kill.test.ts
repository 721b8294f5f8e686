// Durability, as a smoke test: a process that serves is killed with SIGKILL in the middle of orders, and
// another is started on its folder, several times. Each user sends bids and cancels with explicit nonces,
// a few at a time, and keeps a record of what was acknowledged.
//
// After each restart everything acknowledged must be there. Then what was not answered is sent again: it
// must be answered, and every order must be in the book exactly once, to the last digit of the locks.

import assert from 'node:assert/strict';
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { formatAmount, ONE, valueCeiling } from '@picostocks/protocol';
import {
  form,
  foundExchange,
  newSigner,
  type Running,
  randomOf,
  Served,
  type SignedOrder,
  seedText,
  type Trader,
  temporaryFolder,
} from './kit.ts';

const ROUNDS = 3;
const USERS = 4;
const AT_ONCE = 5;
const PRICE = 333_333_333_333_333n;

interface Child extends Running {
  kill(): Promise<void>;
}

async function startChild(path: string): Promise<Child> {
  const file = fileURLToPath(new URL('./serve-child.ts', import.meta.url));
  const child: ChildProcessByStdio<Writable, Readable, null> = spawn(
    process.execPath,
    [file, path, '2'],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const exit = once(child, 'exit');
  const url = await Promise.race([
    once(child.stdout, 'data').then(([line]) => String(line).trim()),
    exit.then(() => assert.fail('the server did not start')),
  ]);
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exit;
  };
  return { url, nodes: 2, kill, stop: kill };
}

/** A user who bids ever other quantities, and cancels every fifth bid again. */
class Bidder {
  readonly trader: Trader;
  readonly #first: number;
  readonly #sent: SignedOrder[] = [];
  readonly #acknowledged = new Map<number, string>();

  constructor(trader: Trader, first: number) {
    this.trader = trader;
    this.#first = first;
  }

  get acknowledged(): number {
    return this.#acknowledged.size;
  }

  /** The nonce after the last acknowledged one: what the server must have reached. */
  get nonceAtLeast(): number {
    return Math.max(this.#first, ...[...this.#acknowledged.keys()].map((nonce) => nonce + 1));
  }

  get nonceAfterAll(): number {
    return this.#first + this.#sent.length;
  }

  signNext(): SignedOrder {
    const index = this.#sent.length;
    const isCancel = index % 5 === 4;
    const quantity = formatAmount(quantityOf(isCancel ? index - 1 : index));
    const order = this.trader.signOrder(isCancel ? 'CANCELBID' : 'BID', {
      quantity,
      price: formatAmount(PRICE),
      nonce: this.#first + index,
    });
    this.#sent.push(order);
    return order;
  }

  async send(served: Served, { path, body, nonce }: SignedOrder): Promise<void> {
    const answer = await served.call(path, form({ ...body, nonce: String(nonce) }));
    assert.equal(answer.status, 201, answer.text);
    const known = this.#acknowledged.get(nonce);
    if (known !== undefined) assert.equal(answer.text, known, 'a resend gets the same answer');
    this.#acknowledged.set(nonce, answer.text);
  }

  /** Sends everything again, oldest first: what was never answered is answered now. */
  async resendAll(served: Served): Promise<void> {
    for (const order of this.#sent) await this.send(served, order);
  }

  /** Quantities that must be open when all that was sent has been applied, oldest first. */
  openQuantities(): bigint[] {
    const indexes = this.#sent.map((_, index) => index);
    return indexes
      .filter((index) => index % 5 !== 4)
      .filter((index) => index % 5 !== 3 || index + 1 >= this.#sent.length)
      .map(quantityOf);
  }
}

function quantityOf(index: number): bigint {
  return ONE + BigInt(index) * 1_000_000_000_000_001n;
}

/** Keeps some requests of a user under way until the server is gone. */
async function bidUntilKilled(served: Served, bidder: Bidder, onAnswer: () => void): Promise<void> {
  const line = async (): Promise<void> => {
    for (;;) {
      const order = bidder.signNext();
      try {
        await bidder.send(served, order);
      } catch (error) {
        if (error instanceof assert.AssertionError) throw error;
        return;
      }
      onAnswer();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, line));
}

async function assertExact(served: Served, bidder: Bidder): Promise<void> {
  const open = bidder.openQuantities();
  const path = `/v1/market/orderbook/?limit=300&user_id=${bidder.trader.userId}`;
  const { bids } = await served.get<{ bids: { quantity: string }[] }>(path);
  assert.deepEqual(
    bids.map(({ quantity }) => quantity),
    open.map(formatAmount).slice(0, 300),
  );
  const locked = open
    .map((quantity) => valueCeiling({ price: PRICE, quantity }))
    .reduce((sum, value) => sum + value, 0n);
  const unit = (await bidder.trader.balance())[2];
  assert.equal(unit?.locked, formatAmount(locked));
  assert.equal(unit?.free, formatAmount(10_000n * ONE - locked));
}

test('a killed server loses nothing that it acknowledged', async (t) => {
  t.diagnostic(`seed ${seedText}`);
  const random = randomOf('kill');
  using temporary = temporaryFolder();
  const operator = newSigner();
  foundExchange(temporary.folder, { operator });
  let child = await startChild(temporary.folder.path);
  try {
    const served = new Served({ temporary, operator, exchange: child });
    await served.furnish(true);
    const bidders: Bidder[] = [];
    for (let index = 0; index < USERS; index += 1) {
      const trader = await served.newTrader();
      bidders.push(new Bidder(trader, await trader.nonce()));
    }
    for (let round = 0; round < ROUNDS; round += 1) {
      let answersLeft = 30 + Math.floor(random() * 150);
      const victim = child;
      let killed: Promise<void> | undefined;
      const onAnswer = (): void => {
        answersLeft -= 1;
        if (answersLeft <= 0) killed ??= victim.kill();
      };
      await Promise.all(bidders.map((bidder) => bidUntilKilled(served, bidder, onAnswer)));
      await killed;

      child = await startChild(temporary.folder.path);
      served.goOnWith(child);
      for (const bidder of bidders) {
        const nonce = await bidder.trader.nonce();
        assert(nonce >= bidder.nonceAtLeast, 'every acknowledged command is there');
        assert(nonce <= bidder.nonceAfterAll, 'and none that was never sent');
      }
      await Promise.all(bidders.map((bidder) => bidder.resendAll(served)));
      for (const bidder of bidders) {
        assert.equal(await bidder.trader.nonce(), bidder.nonceAfterAll);
        await assertExact(served, bidder);
      }
    }
    assert(bidders.every(({ acknowledged }) => acknowledged > ROUNDS));
  } finally {
    await child.kill();
  }
});
