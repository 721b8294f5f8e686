import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ExchangeError } from '../src/exchange-error.ts';
import { LogClock, waitForClock } from '../src/log/log-clock.ts';

const SECOND = 1_000_000;
const DAY = 86_400 * SECOND;

/** Two clocks that the test turns, and a log's clock that looks at them. */
function clocks(wall: number) {
  const turned = { wall, monotonic: 77 };
  const clock = new LogClock({ wall: () => turned.wall, monotonic: () => turned.monotonic });
  const pass = (micros: number, wallToo = micros): void => {
    turned.monotonic += micros;
    turned.wall += wallToo;
  };
  return { clock, pass };
}

suite('LogClock', () => {
  test('begins with the wall clock and goes on with the monotonic one', () => {
    const { clock, pass } = clocks(1_000 * SECOND);
    assert.equal(clock.now(), 1_000 * SECOND);
    pass(10 * SECOND);
    assert.equal(clock.now(), 1_010 * SECOND);
  });

  test('is drawn to the wall clock by at most one part in 2,000', () => {
    const { clock, pass } = clocks(0);
    pass(SECOND, SECOND + 900_000);
    assert.equal(clock.now(), SECOND + 500);
    pass(2 * SECOND);
    assert.equal(clock.now(), 3 * SECOND + 1_500);
    pass(4_000 * SECOND);
    assert.equal(clock.now(), 4_003 * SECOND + 900_000, 'and not beyond it');
  });

  test('never goes back, also while it is drawn back', () => {
    const { clock, pass } = clocks(100 * SECOND);
    pass(0, -900_000);
    let last = clock.now() ?? 0;
    for (let count = 0; count < 1_000; count += 1) {
      pass(count % 3);
      const now = clock.now() ?? 0;
      assert(now >= last);
      last = now;
    }
  });

  test('does not follow a jump of more than a second, either way, and recovers with the wall clock', () => {
    for (const jump of [SECOND + 1, -SECOND - 1, DAY, -DAY]) {
      const { clock, pass } = clocks(1_000 * DAY);
      pass(SECOND, SECOND + jump);
      assert.equal(clock.now(), undefined, String(jump));
      pass(SECOND);
      assert.equal(clock.now(), undefined, 'it stays so');
      pass(SECOND, SECOND - jump);
      assert.equal(clock.now(), 1_000 * DAY + 3 * SECOND);
    }
  });

  test('follows a step of a second', () => {
    for (const step of [SECOND, -SECOND]) {
      const { clock, pass } = clocks(DAY);
      pass(0, step);
      assert.equal(clock.now(), DAY);
    }
  });
});

suite('waitForClock', () => {
  const lastEntry = 100 * DAY;
  const wait = (wall: number, acceptTime = false) => waitForClock({ wall, lastEntry, acceptTime });
  const refused = (work: () => unknown, code: string) =>
    assert.throws(work, (error) => error instanceof ExchangeError && error.code === code);

  test('no wait for a clock that is past the last entry', () => {
    assert.equal(wait(lastEntry), 0);
    assert.equal(wait(lastEntry + DAY), 0);
    assert.equal(
      waitForClock({ wall: 5 * DAY, lastEntry: 0, acceptTime: false }),
      0,
      'an empty log',
    );
  });

  test('a wait of up to five seconds', () => {
    assert.equal(wait(lastEntry - 1), 1);
    assert.equal(wait(lastEntry - 5 * SECOND), 5 * SECOND);
  });

  test('further behind it refuses, whatever the operator accepts', () => {
    for (const accept of [false, true]) {
      refused(() => wait(lastEntry - 5 * SECOND - 1, accept), 'clock_behind');
    }
  });

  test('more than a day ahead it refuses until the operator accepts', () => {
    refused(() => wait(lastEntry + DAY + 1), 'clock_ahead');
    assert.equal(wait(lastEntry + DAY + 1, true), 0);
  });
});
