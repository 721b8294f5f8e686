// The documents that are made from the code are current.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { test } from 'node:test';
import { makeDocuments } from '../docs/make.ts';

test('docs: the reference and the tables say what the code says', async () => {
  for (const [path, made] of await makeDocuments()) {
    const message = `docs/${basename(path)} is old: npm run docs`;
    assert.equal(readFileSync(path, 'utf8'), made, message);
  }
});
