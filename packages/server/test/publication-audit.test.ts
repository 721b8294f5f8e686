// The audit of a log together with what was published of the exchange's liabilities: right publications
// pass, and an exchange that signs lines that its log contradicts is caught without any user's help.

import assert from 'node:assert/strict';
import { cpSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  decodeHeadLine,
  decodeLiabilityLine,
  encodeHead,
  encodeHeadLine,
  encodeLiabilityLine,
  hashLiabilityLines,
  type LiabilityLine,
  liabilityText,
} from '@picostocks/protocol';
import { HeadKey } from '../src/heads/head-key.ts';
import {
  AuditFailed,
  type AuditReport,
  auditLog,
  DataFolder,
  Exchange,
  ExchangeError,
  PublicationAudit,
  SqliteLog,
} from '../src/index.ts';
import { bytesOf, foundExchange, newSigner, Served, temporaryFolder } from './kit.ts';

const temporary = temporaryFolder();
const { folder } = temporary;
/** Of the publications. */
const sequences: number[] = [];

before(async () => {
  const operator = newSigner();
  foundExchange(folder, { operator });
  const quiet = { headEveryMs: 0, liabilitiesEveryMs: 0 };
  const exchange = await Exchange.start({ folder, host: '127.0.0.1', port: 0, nodes: 1, ...quiet });
  const served = new Served({ temporary, operator, exchange });
  await served.furnish(true);
  const [anna, boris] = [await served.newTrader(), await served.newTrader()];
  for (let count = 0; count < 2; count += 1) {
    await anna.put('ASK', { quantity: '1', price: '2' });
    await boris.put('BID', { quantity: '1.5', price: '2' });
    await exchange.publishLiabilities();
    sequences.push(await served.sequence());
    await exchange.signHead();
  }
  await anna.put('ASK', { quantity: '1', price: '9' });
  await served.stop();
});
after(() => temporary[Symbol.dispose]());

function audit(
  data: DataFolder,
  { heads = data.heads, secret }: { heads?: string; secret?: string } = {},
): AuditReport {
  const log = SqliteLog.openReader(data.logFolder);
  try {
    const { liabilities } = data;
    return auditLog(log, undefined, new PublicationAudit({ heads, liabilities, secret }));
  } finally {
    log.close();
  }
}

function assertFails(work: () => unknown, sequence: number, why: RegExp): void {
  assert.throws(work, (error) => {
    assert(error instanceof AuditFailed, `${error}`);
    assert.equal(error.sequence, sequence);
    assert.match(error.message, why);
    return true;
  });
}

/** Does something with a copy of the data. */
function withCopy(change: (copy: DataFolder) => void): void {
  const copy = new DataFolder(join(folder.path, '..', 'copy'));
  cpSync(folder.path, copy.path, { recursive: true });
  try {
    change(copy);
  } finally {
    rmSync(copy.path, { recursive: true });
  }
}

test('right publications pass, with the secret and without', () => {
  assert.equal(audit(folder).publications, 2);
  assert.equal(audit(folder, { secret: folder.liabilitySecret }).publications, 2);
  const log = SqliteLog.openReader(folder.logFolder);
  assert.equal(auditLog(log).publications, 0);
  log.close();
});

test("a witness's file of heads serves as well as the exchange's own", () => {
  withCopy((copy) => {
    const text = readFileSync(copy.heads, 'latin1');
    writeFileSync(copy.heads, `KEY:1:${'ab'.repeat(16)}:${'cd'.repeat(32)}\n${text}HEAD:1:torn`);
    assert.equal(audit(copy).publications, 2);
    // Two programs that keep heads in one file do not write them in order.
    const mixed = text.trim().split('\n').reverse().join('\n');
    writeFileSync(copy.heads, `${mixed}\n`);
    assert.equal(audit(copy).publications, 2);
    writeFileSync(copy.heads, 'my diary\n');
    assert.throws(
      () => audit(copy),
      (error) => error instanceof ExchangeError && error.code === 'heads_corrupt',
    );
    assert.equal(audit(copy, { heads: join(copy.path, 'nothing') }).publications, 0);
  });
});

/** Makes the exchange sign other lines with the head of its second publication. */
function publishLie(copy: DataFolder, change: (lines: LiabilityLine[]) => LiabilityLine[]): void {
  const [, sequence = 0] = sequences;
  const path = join(copy.liabilities, `${String(sequence).padStart(16, '0')}.txt`);
  const texts = readFileSync(path, 'latin1').split('\n').slice(0, -1);
  const lines = change(texts.map((text) => decodeLiabilityLine(text) ?? assert.fail()));
  const lied = lines.map(encodeLiabilityLine);
  writeFileSync(path, liabilityText(lied));
  resign(copy, sequence, hashLiabilityLines(lied));
}

function resign(
  copy: DataFolder,
  sequence: number,
  liabilitiesRoot: string,
  key = new HeadKey(bytesOf(readFileSync(copy.headKey, 'utf8').trim())),
): void {
  const lines = readFileSync(copy.heads, 'latin1').split('\n').slice(0, -1);
  const signed = lines.map((line) => {
    const head = decodeHeadLine(line) ?? assert.fail();
    if (head.head.sequence !== sequence) return line;
    const text = encodeHead({ ...head.head, liabilitiesRoot });
    return encodeHeadLine({ text, signature: key.sign(text) });
  });
  writeFileSync(copy.heads, signed.map((line) => `${line}\n`).join(''));
}

test('lines that the log contradicts are caught, although they were signed', () => {
  const [, sequence = 0] = sequences;
  withCopy((copy) => {
    publishLie(copy, ([line, ...rest]) =>
      line === undefined ? [] : [{ ...line, sum: line.sum - 1n, world: line.world + 1n }, ...rest],
    );
    assertFails(() => audit(copy), sequence, /say of asset 2 something else/);
  });
  withCopy((copy) => {
    publishLie(copy, (lines) => lines.map((line) => ({ ...line, size: line.size - 1 })));
    assertFails(() => audit(copy), sequence, /say of asset 2 something else/);
  });
  withCopy((copy) => {
    publishLie(copy, (lines) => lines.slice(1));
    assertFails(() => audit(copy), sequence, /a line for each asset/);
  });
});

test('a root over other leaves is caught with the secret alone', () => {
  const [, sequence = 0] = sequences;
  withCopy((copy) => {
    publishLie(copy, (lines) => lines.map((line) => ({ ...line, root: 'ab'.repeat(32) })));
    assert.equal(audit(copy).publications, 2);
    const secret = copy.liabilitySecret;
    assertFails(() => audit(copy, { secret }), sequence, /root of asset 2 is not that/);
  });
  withCopy((copy) => {
    writeFileSync(copy.liabilitySecret, 'ab'.repeat(32));
    const secret = copy.liabilitySecret;
    assertFails(() => audit(copy, { secret }), sequences[0] ?? 0, /with this secret/);
  });
});

test('lines that were lost or changed, and heads that are not signed or of another log', () => {
  const [first = 0, second = 0] = sequences;
  const path = (copy: DataFolder): string =>
    join(copy.liabilities, `${String(first).padStart(16, '0')}.txt`);
  withCopy((copy) => {
    unlinkSync(path(copy));
    assertFails(() => audit(copy), first, /are not there/);
  });
  withCopy((copy) => {
    writeFileSync(path(copy), '');
    assertFails(() => audit(copy), first, /not those that were published/);
  });
  withCopy((copy) => {
    resign(copy, second, 'ab'.repeat(32), new HeadKey(new Uint8Array(32)));
    assertFails(() => audit(copy), second, /not signed by the head key/);
  });
  withCopy((copy) => {
    const text = readFileSync(copy.heads, 'latin1').replaceAll(`:${second}:`, ':999:');
    writeFileSync(copy.heads, text);
    assertFails(() => audit(copy), 999, /is not there/);
  });
});
