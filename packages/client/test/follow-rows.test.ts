import assert from 'node:assert/strict';
import { test } from 'node:test';
import { followRows, isPending, type PageStart } from '@picostocks/client';

/** A list with ids from 1, of which a page has at most three. */
function pages<Row>(rows: readonly Row[], keyOf: (row: Row) => number) {
  const asked: PageStart[] = [];
  const read = async ({ after, since }: PageStart): Promise<Row[]> => {
    asked.push({ after, since });
    const from = after === undefined ? (since ?? 0) : after + 1;
    return rows.filter((row) => keyOf(row) >= from).slice(0, 3);
  };
  return { asked, read };
}

async function collect<Row>(rows: AsyncIterable<Row>): Promise<Row[]> {
  const all: Row[] = [];
  for await (const row of rows) all.push(row);
  return all;
}

const IDS = [1, 2, 3, 4, 5, 6, 7];

test('follow rows: every row once, oldest first, page after page', async () => {
  const rows = IDS.map((id) => ({ id, order_id: 9 - id }));
  const { asked, read } = pages(rows, ({ id }) => id);
  assert.deepEqual(await collect(followRows(read)), rows);
  assert.deepEqual(
    asked.map(({ after }) => after),
    [undefined, 3, 6, 7],
  );
});

test('follow rows: begins where the caller has stopped', async () => {
  const rows = IDS.map((order_id) => ({ order_id }));
  const { read } = pages(rows, (row) => row.order_id);
  assert.deepEqual(await collect(followRows(read, { after: 5 })), rows.slice(5));
  const acts = IDS.map((sequence) => ({ sequence }));
  const since = pages(acts, (row) => row.sequence);
  assert.deepEqual(await collect(followRows(since.read, { since: 4 })), acts.slice(3));
});

test('follow rows: candles go on by their times', async () => {
  const rows = IDS.map((begin) => [begin, '1', '1'] as const);
  const { asked, read } = pages(rows, ([begin]) => begin);
  assert.deepEqual(await collect(followRows(read, { since: 2 })), rows.slice(1));
  assert.deepEqual(
    asked.map(({ since }) => since),
    [2, 5, 8],
  );
});

test('pending: a withdrawal in error is on its way, not failed', () => {
  assert.ok(isPending('error'));
  assert.ok(isPending('confirmed'));
  assert.ok(!isPending('done'));
  assert.ok(!isPending('canceled'));
});
