// Ticks: the log makes one when something is due and nothing else came, and never a second for the same.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ENTRY_KINDS } from '@picostocks/protocol';
import { Follower } from '../src/follower.ts';
import { LogClock } from '../src/log/log-clock.ts';
import { LogWriter } from '../src/log/log-writer.ts';
import { SqliteLog } from '../src/log/sqlite-log.ts';
import { Marks } from '../src/marks.ts';
import { TickWatch } from '../src/node/tick-watch.ts';
import type { Scheduler } from '../src/scheduler.ts';
import { EntryMaker, TIME } from './entries.ts';
import { serve, temporaryFolder } from './kit.ts';

/** A scheduler whose time passes when the test says so. */
class HandScheduler implements Scheduler {
  #now = 0;
  readonly #acts = new Set<{ at: number; act: () => void }>();

  now(): number {
    return this.#now;
  }
  after(milliseconds: number, act: () => void): () => void {
    const entry = { at: this.#now + milliseconds, act };
    this.#acts.add(entry);
    return () => void this.#acts.delete(entry);
  }
  soon(act: () => void): void {
    this.after(0, act);
  }

  /** One millisecond after the other; what is due acts, and what it asks for at once. */
  pass(milliseconds: number): void {
    for (let step = 0; step <= milliseconds; step += 1) {
      for (let due = this.#due(); due !== undefined; due = this.#due()) {
        this.#acts.delete(due);
        due.act();
      }
      if (step < milliseconds) this.#now += 1;
    }
  }
  #due() {
    return [...this.#acts].find(({ at }) => at <= this.#now);
  }
}

/** A log with an order that is good for five more milliseconds, and two nodes that watch it. */
class World implements Disposable {
  readonly scheduler = new HandScheduler();
  readonly writer: LogWriter;
  /** How far the wall clock is away from where it should be. */
  jump = 0;
  readonly #temporary = temporaryFolder();
  readonly #log: SqliteLog;
  readonly #begin: number;

  /** By how much the clock of each node is ahead of the log's, in microseconds. */
  constructor(aheads: readonly number[] = [0, 0]) {
    const maker = new EntryMaker().furnish();
    const user = maker.register();
    const order = { stock_id: 3, unit_id: 2, side: 'bid', quantity: '1', price: '1' };
    const until = { time_in_force: 'gtt', good_until: TIME + 5_000 };
    maker.act('place_order', { ...order, ...until }, user);
    const { folder } = this.#temporary;
    folder.create();
    this.#log = SqliteLog.openWriter(folder.logFolder);
    this.#log.append(this.#log.head(), maker.entries);
    this.#begin = maker.entries.length;
    const time = () => TIME + this.scheduler.now() * 1_000;
    const clock = new LogClock({ wall: () => time() + this.jump, monotonic: time });
    const { scheduler } = this;
    this.writer = new LogWriter({ log: this.#log, clock, marks: new Marks(), scheduler });
    for (const ahead of aheads) this.#watch(() => time() + ahead);
  }

  #watch(now: () => number): void {
    const follower = new Follower({ log: this.#log, onApplied: () => undefined });
    follower.catchUp();
    const watch = new TickWatch({
      state: () => follower.engine.state,
      now,
      ask: (request) => this.writer.tick(request),
      scheduler: this.scheduler,
    });
    this.writer.follow({
      publish: (news) => {
        follower.take(news);
        watch.wake();
      },
    });
    watch.wake();
  }

  /** Ticks in the log, after so much time. */
  ticksAfter(milliseconds: number): number {
    this.scheduler.pass(milliseconds);
    const added = [...this.#log.read(this.#begin + 1)];
    assert.ok(added.every(({ kind }) => kind === ENTRY_KINDS.tick));
    return added.length;
  }

  [Symbol.dispose](): void {
    this.#log.close();
    this.#temporary[Symbol.dispose]();
  }
}

test('ticks: of two nodes that ask one makes it, at its time, and never a second', () => {
  using world = new World();
  assert.equal(world.ticksAfter(4), 0, 'it is not due yet');
  assert.equal(world.ticksAfter(1), 1);
  assert.equal(world.ticksAfter(3_000), 1, 'nothing else is due');
});

test('ticks: a node whose clock is ahead waits for the clock of the log', () => {
  using world = new World([0, 3_000]);
  assert.equal(world.ticksAfter(4), 0);
  assert.equal(world.ticksAfter(1), 1);
});

test('ticks: who names an old head gets none', () => {
  using world = new World();
  world.writer.tick({ head: 1, due: TIME });
  assert.equal(world.ticksAfter(4), 0);
});

test('ticks: who names an old head takes nobody else’s tick away', () => {
  using world = new World([3_000, 3_000]);
  assert.equal(world.ticksAfter(3), 0, 'it waits for the clock of the log');
  world.writer.tick({ head: 1, due: TIME });
  assert.equal(world.ticksAfter(2), 1);
});

test('ticks: while the log cannot append it is asked again', () => {
  using world = new World();
  world.jump = 10_000_000;
  assert.equal(world.ticksAfter(1_500), 0, 'the clock has jumped');
  world.jump = 0;
  assert.equal(world.ticksAfter(1_500), 1);
});

test('ticks: an order whose time is over is cancelled though nobody sends anything', async () => {
  await using served = await serve({ nodes: 2 });
  const anna = await served.newTrader();
  const good_until = Date.now() * 1_000 + 1_000_000;
  const order = { stock_id: 3, unit_id: 2, side: 'bid', quantity: '1', price: '1' };
  const params = { ...order, time_in_force: 'gtt', good_until };
  const { order_id } = await anna.result<{ order_id: number }>('place_order', params);
  const before = await served.sequence();
  // Reads add nothing to the log, so only a tick can end this.
  const path = `/v1/account/order/${anna.userId}/${order_id}/`;
  let status = 'open';
  while (status === 'open') status = (await served.get<{ status: string }>(path)).status;
  assert.equal(status, 'expired');
  assert.equal(await served.sequence(), before + 1, 'one tick, though two nodes asked');
});
