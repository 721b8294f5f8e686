// The keeper of heads against a real exchange, against one that was restored from an older copy and went on
// differently, and against a liar between them that alters one answer at a time.

import assert from 'node:assert/strict';
import { cpSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  HeadKeeper,
  type HistoryRewrittenError,
  type KeptHead,
  PicostocksError,
  PicostocksReader,
} from '@picostocks/client';
import { decodeHead, encodeHead, type SignedHead } from '@picostocks/protocol';
import { DataFolder, Exchange } from '@picostocks/server';
import { HeadKey } from '../../server/src/heads/head-key.ts';
import {
  foundExchange,
  newSigner,
  type Served,
  serveWith,
  type Trader,
  temporaryFolder,
} from '../../server/test/kit.ts';
import type { HttpPeer } from './support/http-peer.ts';
import { HONEST, type Json, type Lie, startLiar } from './support/liar.ts';

let exchange: Exchange;
let served: Served;
let trader: Trader;
let liar: HttpPeer;
let lie = HONEST;

function startExchange(folder: DataFolder): Promise<Exchange> {
  return Exchange.start({ folder, host: '127.0.0.1', port: 0, nodes: 1, headEveryMs: 0 });
}

before(async () => {
  ({ served, exchange } = await serveWith(startExchange));
  trader = await served.newTrader();
  liar = await startLiar(
    () => served.url,
    () => lie,
  );
});
after(async () => {
  await liar.close();
  await served[Symbol.asyncDispose]();
});

const readerOf = (baseUrl: string) => new PicostocksReader({ baseUrl });

/** Adds entries and signs a head over them. */
async function grow(entries: number): Promise<SignedHead> {
  for (let count = 0; count < entries; count += 1) {
    await trader.put('ASK', { quantity: '1', price: String(count + 2) });
  }
  const head = await exchange.signHead();
  assert(head !== undefined);
  return head;
}

async function codeOf(work: Promise<unknown>): Promise<PicostocksError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert(error instanceof PicostocksError, `${error} was thrown`);
  return error;
}

function assertRewritten(error: PicostocksError, heads: { kept: SignedHead; offered: SignedHead }) {
  assert.equal(error.code, 'history_rewritten', error.message);
  const { kept, offered } = error as HistoryRewrittenError;
  assert.deepEqual({ kept, offered }, heads);
  for (const { text, signature } of [kept, offered]) {
    assert(error.message.includes(`${text} ${signature}`));
  }
}

test('an honest exchange: every newer head is taken, and stored', async () => {
  const storage = new Map<string, KeptHead>();
  const keeper = new HeadKeeper({ reader: readerOf(served.url), storage });
  for (const entries of [1, 5, 12]) {
    const signed = await grow(entries);
    const { text, signature, head } = await keeper.checkHead();
    assert.deepEqual({ text, signature }, signed);
    assert.equal(head.exchange, served.id);
    assert.equal(storage.get(served.id)?.text, text);
  }
  const again = new HeadKeeper({ reader: readerOf(served.url), storage, exchange: served.id });
  assert.equal((await again.checkHead()).text, storage.get(served.id)?.text);
});

test('an older head of the same log is no offence, and not taken', async () => {
  const old = await grow(1);
  const newest = await grow(3);
  const keeper = new HeadKeeper({ reader: readerOf(served.url) });
  const taken = await Promise.all([keeper.takeHead(newest), keeper.takeHead(old)]);
  assert.deepEqual(
    taken.map(({ text }) => text),
    [newest.text, newest.text],
  );
});

test('of two heads the shorter must not be the later one, whichever is known first', async () => {
  const shorter = await grow(1);
  const longer = await grow(2);
  const seed = Buffer.from(readFileSync(served.folder.headKey, 'utf8').trim(), 'hex');
  const { time } = decodeHead(longer.text) ?? assert.fail();
  const text = encodeHead({ ...(decodeHead(shorter.text) ?? assert.fail()), time: time + 1 });
  const late = { text, signature: new HeadKey(seed).sign(text) };
  for (const [kept, offered] of [
    [longer, late],
    [late, longer],
  ] as const) {
    const keeper = new HeadKeeper({ reader: readerOf(served.url) });
    await keeper.takeHead(kept);
    assertRewritten(await codeOf(keeper.takeHead(offered)), { kept, offered });
  }
});

test("a user's own command is proved to be in the log", async () => {
  const nonce = await trader.nonce();
  const order = trader.signOrder('ASK', { quantity: '1', price: '9', nonce });
  const { sequence } = await trader.put('ASK', { quantity: '1', price: '9', nonce });
  const keeper = new HeadKeeper({ reader: readerOf(served.url) });
  const command = { sequence, message: order.text, signature: order.body['signature'] ?? '' };
  assert.equal((await codeOf(keeper.verifyInclusion(command))).code, 'not_covered_yet');
  await grow(2);
  const { head } = await keeper.verifyInclusion(command);
  assert(head.sequence > sequence);
  await keeper.verifyInclusion({ ...command, message: new TextEncoder().encode(order.text) });
  const wrong = [
    { ...command, sequence: sequence - 1 },
    { ...command, message: order.text.replace(':9', ':8') },
    { ...command, signature: '00'.repeat(64) },
  ];
  for (const other of wrong) {
    assert.equal((await codeOf(keeper.verifyInclusion(other))).code, 'unproven');
  }
  const bad = { ...command, signature: 'x' };
  assert.equal((await codeOf(keeper.verifyInclusion(bad))).code, 'invalid_argument');
});

/** Replaces the first hexadecimal digit. */
const flip = (hex: string): string => (hex.startsWith('0') ? '1' : '0') + hex.slice(1);
const onPath = (part: string, change: (body: Json) => Json): Lie => {
  return (path, body) => (path.includes(part) ? change(body) : body);
};
const proofOf = (body: Json): string[] => body['proof'] as string[];

test('a liar cannot make a first head believed', async () => {
  await grow(3);
  const foreign = newSigner();
  const lies: readonly Lie[] = [
    onPath('/head/', (body) => ({ ...body, text: `${body['text']}`.replace(':1:', ':2:') })),
    onPath('/head/', (body) => ({ ...body, text: `${body['text']}`.replace(/0/g, '1') })),
    onPath('/head/', (body) => ({ ...body, signature: flip(`${body['signature']}`) })),
    onPath('/head/', (body) => ({ ...body, signature: foreign.sign(`${body['text']}`) })),
    onPath('/head/', (body) => ({ ...body, signature: 7 })),
    onPath('/head/', () => ({})),
    onPath('/entry/', (body) => ({ ...body, record: `${body['record']}00` })),
    onPath('/entry/', (body) => ({ ...body, record: `${body['record']}`.replace(/7d$/, '7e') })),
    onPath('/entry/', () => ({ record: null })),
    onPath('/inclusion/', (body) => ({ ...body, proof: proofOf(body).map(flip) })),
    onPath('/inclusion/', (body) => ({ ...body, proof: proofOf(body).toReversed() })),
    onPath('/inclusion/', (body) => ({ ...body, proof: proofOf(body).slice(1) })),
    onPath('/inclusion/', (body) => ({ ...body, proof: 'none' })),
  ];
  for (const [index, made] of lies.entries()) {
    lie = made;
    const storage = new Map<string, KeptHead>();
    const keeper = new HeadKeeper({ reader: readerOf(liar.baseUrl), storage });
    assert.equal((await codeOf(keeper.checkHead())).code, 'unproven', `lie ${index}`);
    assert.equal(storage.size, 0);
  }
  lie = HONEST;
});

test('a liar cannot replace a kept head', async () => {
  await grow(7);
  const storage = new Map<string, KeptHead>();
  const reader = readerOf(liar.baseUrl);
  const { text: kept, signature } = await new HeadKeeper({ reader, storage }).checkHead();
  const offered = await grow(6);
  const unproven: readonly Lie[] = [
    onPath('/head/', (body) => ({ ...body, text: `${body['text']}`.replace(/a/g, 'b') })),
    onPath('/head/', (body) => ({ ...body, signature: flip(`${body['signature']}`) })),
    onPath('/consistency/', () => ({})),
    onPath('/consistency/', (body) => ({ ...body, proof: ['xyz'] })),
  ];
  for (const [index, made] of unproven.entries()) {
    lie = made;
    const error = await codeOf(new HeadKeeper({ reader, storage }).checkHead());
    assert.equal(error.code, 'unproven', `lie ${index}`);
  }
  const rewritten: readonly Lie[] = [
    onPath('/consistency/', (body) => ({ ...body, proof: proofOf(body).map(flip) })),
    onPath('/consistency/', (body) => ({ ...body, proof: proofOf(body).toReversed() })),
    onPath('/consistency/', (body) => ({ ...body, proof: [] })),
    onPath('/consistency/', (body) => ({ ...body, proof: [...proofOf(body), '00'.repeat(32)] })),
  ];
  for (const made of rewritten) {
    lie = made;
    const error = await codeOf(new HeadKeeper({ reader, storage }).checkHead());
    assertRewritten(error, { kept: { text: kept, signature }, offered });
  }
  lie = HONEST;
  assert.equal(storage.get(served.id)?.text, kept);
  assert.equal((await new HeadKeeper({ reader, storage }).checkHead()).text, offered.text);
});

test("a liar cannot prove that another's command is the user's", async () => {
  const nonce = await trader.nonce();
  const order = trader.signOrder('ASK', { quantity: '1', price: '3', nonce });
  const { sequence } = await trader.put('ASK', { quantity: '1', price: '3', nonce });
  await grow(3);
  const keeper = new HeadKeeper({ reader: readerOf(liar.baseUrl) });
  await keeper.checkHead();
  const command = { sequence, message: order.text, signature: order.body['signature'] ?? '' };
  const other = await served.get<Json>(`/v1/audit/entry/${sequence + 1}/`);
  const lies: readonly Lie[] = [
    onPath('/entry/', () => other),
    // The same command at another time.
    onPath('/entry/', (body) => {
      const record = Buffer.from(`${body['record']}`, 'hex');
      record.writeBigUInt64BE(record.readBigUInt64BE(10) + 1n, 10);
      return { ...body, record: record.toString('hex') };
    }),
    onPath('/inclusion/', (body) => ({ ...body, proof: proofOf(body).map(flip) })),
    onPath('/inclusion/', (body) => ({ ...body, proof: [] })),
  ];
  for (const [index, made] of lies.entries()) {
    lie = made;
    assert.equal((await codeOf(keeper.verifyInclusion(command))).code, 'unproven', `lie ${index}`);
  }
  lie = HONEST;
  await keeper.verifyInclusion(command);
});

test('a head of another exchange is not taken for this one', async () => {
  const other = temporaryFolder();
  foundExchange(other.folder, { operator: newSigner() });
  const foreign = await startExchange(other.folder);
  const keeper = new HeadKeeper({ reader: readerOf(foreign.url), exchange: served.id });
  assert.equal((await codeOf(keeper.checkHead())).code, 'unproven');
  const mine = new HeadKeeper({ reader: readerOf(served.url) });
  await mine.checkHead();
  const theirs = await foreign.signHead();
  assert(theirs !== undefined);
  assert.equal((await codeOf(mine.takeHead(theirs))).code, 'unproven');
  await foreign.stop();
  other[Symbol.dispose]();
});

test('a log that was restored from an older copy and went on differently is caught', async () => {
  const copy = new DataFolder(join(served.folder.path, '..', 'copy'));
  await served.stop();
  cpSync(served.folder.path, copy.path, { recursive: true });
  exchange = await startExchange(served.folder);
  served.goOnWith(exchange);
  const reader = readerOf(liar.baseUrl);
  const storage = new Map<string, KeptHead>();
  const kept = await grow(5);
  await new HeadKeeper({ reader, storage }).checkHead();
  await served.stop();
  exchange = await startExchange(copy);
  served.goOnWith(exchange);
  const sequence = decodeHead(kept.text)?.sequence ?? 0;
  // Shorter than what was shown, then as long, then longer.
  for (const entries of [3, 2, 3]) {
    const offered = await grow(entries);
    const error = await codeOf(new HeadKeeper({ reader, storage }).checkHead());
    assertRewritten(error, { kept, offered });
  }
  assert((decodeHead((await exchange.signHead())?.text ?? '')?.sequence ?? 0) > sequence);
  assert.equal(storage.get(served.id)?.text, kept.text);
  // Who comes for the first time has nothing to compare with.
  await new HeadKeeper({ reader }).checkHead();
  await served.stop();
  exchange = await startExchange(served.folder);
  served.goOnWith(exchange);
  rmSync(copy.path, { recursive: true });
});
