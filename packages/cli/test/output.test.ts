import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Output } from '../src/output.ts';

function outputOn(screenColumns: number | undefined) {
  const written = { out: [] as string[], err: '' };
  let isFull = false;
  const output = new Output(
    {
      environment: {},
      screenColumns,
      out: (text) => {
        assert.ok(!isFull, 'it waits until what it wrote has left');
        isFull = true;
        written.out.push(text);
      },
      error: (text) => {
        written.err += text;
      },
      drained: async () => {
        isFull = false;
      },
    },
    false,
  );
  return { output, written };
}

test('output: a bar fits the screen, grows, and is wiped away', () => {
  const { output, written } = outputOn(32);
  output.progress(0, 200);
  output.progress(50, 200);
  output.progress(199, 200);
  output.progress(200, 200);
  assert.deepEqual(written.err.split('\r').slice(1), [
    `[${'.'.repeat(20)}]   0 %`,
    `[${'#'.repeat(5)}${'.'.repeat(15)}]  25 %`,
    `[${'#'.repeat(19)}.]  99 %`,
    '\u001b[K',
  ]);
});

test('output: there is no bar without a screen, and none of an empty whole', () => {
  const { output, written } = outputOn(undefined);
  output.progress(1, 2);
  assert.equal(written.err, '');
  const screen = outputOn(10);
  screen.output.progress(0, 0);
  assert.equal(screen.written.err, '\r\u001b[K');
});

test('output: a stream is written in pieces, each when the one before has left', async () => {
  const { output, written } = outputOn(undefined);
  const lines = Array.from({ length: 30_000 }, (_, index) => `line ${index}\n`);
  await output.stream(lines);
  assert.equal(written.out.join(''), lines.join(''));
  assert.ok(written.out.length > 3);
  assert.ok(written.out.every((piece) => piece.length < 70_000));
});
