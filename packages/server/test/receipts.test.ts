import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Receipts } from '../src/log/receipts.ts';

test('receipts: nothing that was read is left out, and little is said', () => {
  const said: number[] = [];
  const receipts = new Receipts((bytes) => said.push(bytes));
  for (let count = 0; count < 10_000; count += 1) receipts.read(1_000);
  const sum = said.reduce((total, bytes) => total + bytes, 0);
  assert.ok(said.length >= 15 && said.length < 30, `${said.length} receipts`);
  // What is held back is less than a receipt, far below what makes a follower fall behind.
  assert.ok(sum <= 10_000_000 && sum > 10_000_000 - 512 * 1_024, `${sum} of 10,000,000 bytes`);
  receipts.read(8_000_000);
  assert.equal(
    said.reduce((total, bytes) => total + bytes, 0),
    18_000_000,
  );
});
