// The benchmark works: every row runs, small, and its results are written. Nothing here is about time.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { formatNumber, type Report } from '../bench/report.ts';
import type { Figure } from '../bench/row.ts';
import { ROWS } from '../bench/rows.ts';
import { spreadOf, summarize } from '../bench/summary.ts';

const ROOT = resolve(import.meta.dirname, '..');

test('bench: every row runs, and its results are written', (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'picostocks-bench-test-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const out = join(folder, 'results', 'short');
  const words = ['bench/main.ts', '--short', '--out', out];
  const { status, stderr } = spawnSync(process.execPath, words, { cwd: ROOT, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  const report = JSON.parse(readFileSync(`${out}.json`, 'utf8')) as Report;
  assert.deepEqual(
    report.rows.map(({ id }) => id),
    ROWS.map(({ id }) => id),
  );
  const markdown = readFileSync(`${out}.md`, 'utf8');
  for (const { id, title, figures, machine } of report.rows) {
    assert.ok(machine.versions['node'], id);
    assert.ok(markdown.includes(`## ${title}\n`), id);
    assert.ok(figures.length > 0, id);
    assert.ok(
      figures.some(({ bar }) => bar !== undefined),
      `${id} is held to something`,
    );
    for (const { name } of figures) assert.ok(markdown.includes(`| ${name} |`), name);
  }
});

test('bench: median, least and most', () => {
  assert.deepEqual(spreadOf([3, 1, 2]), { median: 2, least: 1, most: 3 });
  assert.deepEqual(spreadOf([4, 1, 2, 3]), { median: 2.5, least: 1, most: 4 });
});

function runOf(value: number, peer: number): { figures: Figure[] } {
  const figure = { name: 'speed', unit: 'orders/s', value, bar: { atLeast: 2 } };
  return { figures: [{ ...figure, peer: { name: 'another', value: peer } }] };
}

test('bench: a ratio is taken within each run, and its median is held to the bar', () => {
  // The machine was twice as fast in the last run: the ratio of the medians would be 1.6.
  const [summary] = summarize([runOf(30, 10), runOf(16, 20), runOf(60, 20)]);
  assert.deepEqual(summary?.ratio, { median: 3, least: 0.8, most: 3 });
  assert.equal(summary?.holds, true);
  const [missed] = summarize([runOf(10, 10)]);
  assert.equal(missed?.holds, false);
});

test('bench: runs that measured different things are not summed up', () => {
  const other = { figures: [{ name: 'another thing', unit: 's', value: 1 }] };
  assert.throws(() => summarize([runOf(1, 1), other]), /did not measure speed/);
});

test('bench: figures have as many digits as they deserve', () => {
  assert.deepEqual([123_456.7, 123.4, 12.34, 1.234, 0.1234, 0].map(formatNumber), [
    '123,457',
    '123',
    '12.3',
    '1.23',
    '0.12',
    '0.00',
  ]);
});
