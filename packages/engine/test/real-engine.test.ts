import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RealEngine } from '@picostocks/engine';
import { EntryMaker } from '@picostocks/engine/testing';
import { decodeCommand, UnknownEntry } from '@picostocks/protocol';

test('engine: a log begins with genesis, whoever decodes its commands', () => {
  const entry = { ...new EntryMaker().register(1), sequence: 1 };
  assert.throws(() => new RealEngine().apply(entry), UnknownEntry);
  const command = decodeCommand(entry.kind, entry.message);
  assert(command.type !== 'undecodable');
  assert.throws(() => new RealEngine().applyCommand(entry, command), UnknownEntry);
});
