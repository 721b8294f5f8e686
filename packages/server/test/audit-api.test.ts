// Heads, proofs and entries over HTTP: what they answer verifies with the core alone, bad input gets a clear
// no, and an operator may keep the entries to himself.

import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get as httpGet } from 'node:http';
import { after, before, test } from 'node:test';
import {
  type ConsistencyReply,
  decodeGenesis,
  decodeHead,
  decodeRecord,
  ENTRY_KINDS,
  type EntryReply,
  encodeHeadLine,
  encodeUtf8,
  type HeadReply,
  hashHead,
  type InclusionReply,
  LOG_ENTRIES_MAX,
  leafHash,
  recordLength,
  type SignedHead,
  toHex,
  verifyConsistency,
  verifyInclusion,
} from '@picostocks/protocol';
import { Exchange, ExchangeError } from '../src/index.ts';
import { sealEntries } from '../src/log/log.ts';
import { segmentPath } from '../src/log/segment-files.ts';
import { SqliteLog } from '../src/log/sqlite-log.ts';
import {
  assertRefused,
  bytesOf,
  call,
  foundExchange,
  newSigner,
  type Served,
  serveWith,
  type Trader,
  temporaryFolder,
} from './kit.ts';

/** What a tick is signed with. */
const EMPTY = {
  key: new Uint8Array(32),
  signature: new Uint8Array(64),
  message: new Uint8Array(0),
};

let exchange: Exchange;
let served: Served;
let trader: Trader;

function startExchange(folder: Served['folder'], auditLog = true): Promise<Exchange> {
  const node = { auditLog };
  return Exchange.start({ folder, host: '127.0.0.1', port: 0, nodes: 1, headEveryMs: 0, node });
}

before(async () => {
  ({ served, exchange } = await serveWith(startExchange));
  trader = await served.newTrader();
});
after(async () => {
  await served[Symbol.asyncDispose]();
});

async function signHead(): Promise<SignedHead> {
  const head = await exchange.signHead();
  assert(head !== undefined);
  return head;
}

const getHead = (): Promise<HeadReply> => served.get<HeadReply>('/v1/audit/head/');
const getEntry = (sequence: number): Promise<EntryReply> =>
  served.get<EntryReply>(`/v1/audit/entry/${sequence}/`);

async function rootOf(sequence: number): Promise<Uint8Array> {
  const heads = await served.get<HeadReply[]>('/v1/audit/heads/?limit=300');
  const head = decodeHead(heads.find((one) => one.sequence === sequence)?.text ?? '');
  assert(head !== undefined, `a head was signed at ${sequence}`);
  return bytesOf(head.treeRoot);
}

const hashesOf = (proof: readonly string[]) => proof.map((hash) => bytesOf(hash));

test('head: it is signed by the key of genesis and covers what was acknowledged', async () => {
  await trader.put('ASK', { quantity: '1', price: '2' });
  const sequence = await served.sequence();
  const signed = await signHead();
  const reply = await getHead();
  assert.deepEqual({ text: reply.text, signature: reply.signature }, signed);
  assert.equal(reply.sequence, sequence);
  const head = decodeHead(reply.text);
  assert.equal(head?.exchange, served.id);
  assert.equal(reply.milliseconds, Math.floor((head?.time ?? 0) / 1_000));
  assert.equal(head?.chainHash, (await getEntry(sequence)).hash);
  const genesis = decodeGenesis(encodeUtf8((await getEntry(1)).message));
  const x = Buffer.from(genesis?.headKey ?? '', 'hex').toString('base64url');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  assert(verify(null, Buffer.from(reply.text), key, Buffer.from(reply.signature, 'hex')));
});

test('heads: all that were signed, in order, each naming the one before', async () => {
  for (const price of ['3', '4']) {
    await trader.put('ASK', { quantity: '1', price });
    await signHead();
  }
  const heads = await served.get<HeadReply[]>('/v1/audit/heads/');
  const file = readFileSync(served.folder.heads, 'utf8');
  assert.equal(heads.map((head) => `${encodeHeadLine(head)}\n`).join(''), file);
  for (const [index, { text }] of heads.entries()) {
    const before = heads[index - 1];
    if (before === undefined) continue;
    assert.equal(decodeHead(text)?.previous, hashHead(before.text));
  }
  const [first] = heads;
  assert.equal(first?.sequence, 1, 'the first is signed at the start');
  const later = await served.get<HeadReply[]>(`/v1/audit/heads/?after=${heads.at(-2)?.sequence}`);
  assert.deepEqual(later, heads.slice(-1));
  assert.deepEqual(await served.get('/v1/audit/heads/?after=9007199254740991'), []);
});

test('consistency and inclusion: the proofs verify against the heads', async () => {
  const to = (await getHead()).sequence;
  const from = 1;
  const path = `/v1/audit/consistency/${from}/${to}/`;
  const proof = hashesOf((await served.get<ConsistencyReply>(path)).proof);
  const [fromRoot, toRoot] = [await rootOf(from), await rootOf(to)];
  assert(verifyConsistency({ from, to, fromRoot, toRoot, proof }));
  for (let sequence = 1; sequence <= to; sequence += 1) {
    const reply = await served.get<InclusionReply>(`/v1/audit/inclusion/${sequence}/`);
    assert.equal(reply.size, to);
    const leaf = leafHash(bytesOf((await getEntry(sequence)).record));
    const claim = { leaf, index: sequence - 1, size: to, root: toRoot };
    assert(verifyInclusion({ ...claim, proof: hashesOf(reply.proof) }), `entry ${sequence}`);
  }
  const sized = await served.get<InclusionReply>('/v1/audit/inclusion/1/?size=1');
  assert.deepEqual(sized, { sequence: 1, size: 1, proof: [] });
});

test('inclusion: an entry that no head covers yet has a proof only for a size that is named', async () => {
  await signHead();
  const { sequence } = await trader.put('ASK', { quantity: '1', price: '5' });
  const path = `/v1/audit/inclusion/${sequence}/`;
  assertRefused(await served.call(path), { status: 404, code: 'head_not_found' });
  const { size } = await served.get<InclusionReply>(`${path}?size=${sequence}`);
  assert.equal(size, sequence);
});

test('entry: its record is what was signed, and the other fields say the same', async () => {
  const { sequence } = await trader.put('ASK', { quantity: '1', price: '6' });
  const reply = await getEntry(sequence);
  const record = decodeRecord(bytesOf(reply.record));
  assert.equal(record.sequence, sequence);
  assert.deepEqual([reply.sequence, reply.time], [sequence, record.time]);
  assert.equal(reply.key, trader.signer.publicKey);
  assert.equal(reply.kind, 'order');
  assert.equal(Buffer.from(record.message).toString(), reply.message);
  assert.match(reply.message, /^ASK:\d+:3:1:2:6:\d+$/);
  assert.equal(toHex(record.signature), reply.signature);
});

test('bad input: a clear no, and the server goes on', async () => {
  const last = await served.sequence();
  const cases: readonly (readonly [string, number, string])[] = [
    ['heads/?after=x', 400, 'malformed'],
    ['heads/?after=-1', 400, 'malformed'],
    ['heads/?limit=1.5', 400, 'malformed'],
    ['heads/?before=1', 400, 'malformed'],
    ['consistency/2/1/', 400, 'malformed'],
    ['consistency/0/1/', 404, 'entry_not_found'],
    [`consistency/1/${last + 1}/`, 404, 'entry_not_found'],
    ['consistency/1/9007199254740992/', 400, 'malformed'],
    ['consistency/a/b/', 400, 'malformed'],
    ['inclusion/0/', 404, 'entry_not_found'],
    [`inclusion/${last + 1}/`, 404, 'entry_not_found'],
    ['inclusion/2/?size=1', 400, 'malformed'],
    [`inclusion/1/?size=${last + 1}`, 404, 'entry_not_found'],
    ['inclusion/1/?size=', 400, 'malformed'],
    ['entry/0/', 404, 'entry_not_found'],
    [`entry/${last + 1}/`, 404, 'entry_not_found'],
    ['entry/01/', 400, 'malformed'],
    ['entry/1/?signature=12', 400, 'malformed'],
    ['log/?from=0', 400, 'malformed'],
    ['log/?from=x', 400, 'malformed'],
    ['log/?format=xml', 400, 'malformed'],
    ['nothing/', 404, 'not_found'],
  ];
  for (const [path, status, code] of cases) {
    assertRefused(await served.call(`/v1/audit/${path}`), { status, code });
  }
  assertRefused(await served.call('/v1/audit/head/', { method: 'POST' }), { status: 405 });
  assert.equal(await served.sequence(), last);
});

function linesOf(text: string): EntryReply[] {
  assert(text === '' || text.endsWith('\n'));
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as EntryReply);
}

test('log: every entry, as lines or as records', async () => {
  const last = await served.sequence();
  const log = SqliteLog.openReader(served.folder.logFolder);
  const hashes = [...log.read(1)].map(({ hash }) => toHex(hash));
  log.close();
  const answer = await served.call('/v1/audit/log/');
  assert.equal(answer.status, 200);
  assert.match(String(answer.headers['content-type']), /^application\/x-ndjson/);
  const rows = linesOf(answer.text);
  assert.deepEqual(
    rows.map(({ hash }) => hash),
    hashes,
  );
  assert.deepEqual(linesOf((await served.call('/v1/audit/log?from=3')).text), rows.slice(2));
  assert.equal((await served.call(`/v1/audit/log?from=${last + 1}`)).text, '');
  const bytes = await readBytes(`${served.url}/v1/audit/log/?format=records`);
  const records: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = recordLength(bytes, at);
    assert(length !== undefined);
    records.push(toHex(bytes.subarray(at, at + length)));
    at += length;
  }
  assert.deepEqual(
    records,
    rows.map(({ record }) => record),
  );
});

function readBytes(url: string): Promise<Uint8Array> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  httpGet(url, { agent: false }, (response) => {
    const parts: Buffer[] = [];
    response.on('data', (part: Buffer) => parts.push(part));
    response.on('end', () => resolve(Buffer.concat(parts)));
    response.on('error', reject);
  }).on('error', reject);
  return promise;
}

test('log: a reader that goes away in the middle does no harm', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const request = httpGet(`${served.url}/v1/audit/log/`, { agent: false }, (response) => {
    response.once('data', () => request.destroy());
    response.on('error', () => undefined);
    response.on('close', resolve);
  });
  request.on('error', () => undefined);
  await promise;
  assert((await served.sequence()) > 0);
});

test('a restart: heads stay, and a stop signs one', async () => {
  const { sequence } = await trader.put('ASK', { quantity: '1', price: '7' });
  await served.stop();
  exchange = await startExchange(served.folder);
  served.goOnWith(exchange);
  assert.equal((await getHead()).sequence, sequence);
});

test('without a public log: heads and proofs for all, an entry for who shows its signature', async () => {
  const { sequence } = await trader.put('ASK', { quantity: '1', price: '8' });
  const entry = await getEntry(sequence);
  await served.stop();
  exchange = await startExchange(served.folder, false);
  served.goOnWith(exchange);
  const refused = { status: 403, code: 'log_not_public' };
  for (const path of ['log/', `entry/${sequence}/`, 'entry/999999/']) {
    assertRefused(await served.call(`/v1/audit/${path}`), refused);
  }
  const other = '00'.repeat(64);
  assertRefused(await served.call(`/v1/audit/entry/${sequence}/?signature=${other}`), refused);
  const path = `/v1/audit/entry/${sequence}/?signature=${entry.signature.toUpperCase()}`;
  assert.deepEqual(await served.get(path), entry);
  assert.equal((await getEntry(1)).kind, 'genesis');
  assert.equal((await getHead()).sequence, sequence);
  await served.get(`/v1/audit/inclusion/${sequence}/`);
});

test('a start: a log that was put back from an older copy is not served', async () => {
  using temporary = temporaryFolder();
  const { folder } = temporary;
  foundExchange(folder, { operator: newSigner() });
  const old = readFileSync(segmentPath(folder.logFolder, 1));
  const tick = { kind: ENTRY_KINDS.tick, ...EMPTY };
  const log = SqliteLog.openWriter(folder.logFolder);
  log.append(log.head(), sealEntries(log.head(), { proposals: [tick], time: log.head().time }));
  log.close();
  await (await startExchange(folder)).stop();
  const path = segmentPath(folder.logFolder, 1);
  for (const file of [folder.history, path]) {
    for (const end of ['', '-wal', '-shm']) rmSync(file + end, { force: true });
  }
  rmSync(folder.snapshots, { recursive: true, force: true });
  writeFileSync(path, old);
  await assert.rejects(
    startExchange(folder),
    (error) => error instanceof ExchangeError && error.code === 'log_rewritten',
  );
});

test('log: one answer has a limit, and the next goes on behind it', async () => {
  using temporary = temporaryFolder();
  const { folder } = temporary;
  foundExchange(folder, { operator: newSigner() });
  const log = SqliteLog.openWriter(folder.logFolder);
  const tick = { kind: ENTRY_KINDS.tick, ...EMPTY };
  const proposals = Array.from({ length: LOG_ENTRIES_MAX }, () => tick);
  log.append(log.head(), sealEntries(log.head(), { proposals, time: log.head().time }));
  log.close();
  const long = await startExchange(folder);
  try {
    const read = async (from: number): Promise<number[]> => {
      const { text } = await call(`${long.url}/v1/audit/log/?from=${from}`);
      return linesOf(text).map(({ sequence }) => sequence);
    };
    const first = await read(1);
    assert.deepEqual(
      first,
      Array.from({ length: LOG_ENTRIES_MAX }, (_, index) => index + 1),
    );
    assert.deepEqual(await read(LOG_ENTRIES_MAX + 1), [LOG_ENTRIES_MAX + 1]);
  } finally {
    await long.stop();
  }
});
