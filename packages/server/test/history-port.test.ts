// A flood of reads must not keep a trader from his answer: what became of a command is asked past the
// queue, few other questions are with the reader at a time, and late ones never get there.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deadlineIn } from '../src/node/deadline.ts';
import { HistoryPort, type QuestionPort } from '../src/node/history-port.ts';
import type { Refused } from '../src/node/refused.ts';
import type { HistoryAnswer, HistoryQuestion } from '../src/thread/thread-data.ts';
import { HandClock } from './hand-clock.ts';

class HeldReader implements QuestionPort {
  readonly asked: HistoryQuestion[] = [];
  #take: (answer: HistoryAnswer) => void = () => undefined;

  postMessage(question: HistoryQuestion): void {
    this.asked.push(question);
  }
  on(_event: 'message', take: (answer: HistoryAnswer) => void): void {
    this.#take = take;
  }
  answerNext(): void {
    const question = this.asked.shift();
    assert.ok(question);
    this.#take({ id: question.id, found: [] });
  }
}

test('history port: few questions are with the reader, the urgent one goes past them', async () => {
  const reader = new HeldReader();
  const clock = new HandClock();
  const port = new HistoryPort(reader);
  const deadline = deadlineIn(1_000, clock);
  const scan = () =>
    port.ask('deposits', {
      by: { userId: 1, stockId: 2, page: { limit: 100 } },
      atLeast: 0,
      deadline,
    });
  const scans = Array.from({ length: 50 }, scan);
  const withReader = reader.asked.length;
  assert.ok(withReader > 0 && withReader < 50);
  const by = { userId: 1, keyId: 0, nonce: 7 };
  const urgent = port.ask('resultByNonce', { by, atLeast: 0, deadline });
  assert.equal(reader.asked.at(-1)?.read, 'resultByNonce');
  while (reader.asked.length > 0) reader.answerNext();
  await Promise.all([urgent, ...scans]);
});

test('history port: a question whose deadline has passed never reaches the reader', async () => {
  const reader = new HeldReader();
  const clock = new HandClock();
  const port = new HistoryPort(reader);
  const scan = () => {
    const by = { userId: 1, stockId: 2, page: { limit: 100 } };
    return port.ask('deposits', { by, atLeast: 0, deadline: deadlineIn(1_000, clock) });
  };
  const late = Array.from({ length: 50 }, () => scan().catch((error: Refused) => error.code));
  const sent = reader.asked.length;
  clock.pass(1_000);
  const codes = await Promise.all(late);
  assert.ok(codes.every((code) => code === 'unavailable'));
  while (reader.asked.length > 0) reader.answerNext();
  const fresh = scan();
  assert.equal(reader.asked.length, 1, `of 50 questions ${sent} were asked`);
  reader.answerNext();
  await fresh;
});

test('history port: more than can wait are refused at once', async () => {
  const reader = new HeldReader();
  const clock = new HandClock();
  const port = new HistoryPort(reader);
  const codes: unknown[] = [];
  const by = { userId: 1, stockId: 2, page: { limit: 100 } };
  const all = Array.from({ length: 1_100 }, () =>
    port
      .ask('deposits', { by, atLeast: 0, deadline: deadlineIn(1_000, clock) })
      .catch((error: Refused) => codes.push(error.code)),
  );
  await Promise.resolve();
  clock.pass(0);
  await new Promise((done) => setImmediate(done));
  assert.ok(codes.length > 0 && codes.length < 1_100);
  clock.pass(1_000);
  await Promise.all(all);
  assert.equal(codes.length, 1_100);
});
