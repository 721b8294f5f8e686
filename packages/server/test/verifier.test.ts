// The verifier: signatures go to its thread, and whether they are right comes back in their order; not more wait
// than a bound, and a thread that dies says so.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { MessageChannel, Worker } from 'node:worker_threads';
import { ENTRY_KINDS, encodeUtf8, type Proposal } from '@picostocks/protocol';
import { decodeProposals } from '../src/log/batch.ts';
import type { Refused } from '../src/node/refused.ts';
import { Verifier, type VerifierPort, verifyAll } from '../src/node/verifier.ts';
import { bytesOf, newSigner, randomOf, type Signer, seedText } from './kit.ts';

const THREAD = new URL('../src/thread/verifier-thread.ts', import.meta.url);

class VerifierThread implements AsyncDisposable {
  readonly worker: Worker;
  readonly port: MessageChannel['port1'];

  constructor() {
    const { port1, port2 } = new MessageChannel();
    this.port = port1;
    this.worker = new Worker(THREAD, { workerData: { node: port2 }, transferList: [port2] });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.port.close();
    await this.worker.terminate();
  }
}

function signed(signer: Signer, text: string): Proposal {
  const message = encodeUtf8(text);
  const [key, signature] = [bytesOf(signer.publicKey), bytesOf(signer.sign(message))];
  return { kind: ENTRY_KINDS.order, key, signature, message };
}

/** As if somebody had sent the message with the signature of another. */
function altered({ kind, key, signature, message }: Proposal): Proposal {
  const other = Uint8Array.from(message);
  other[0] = (other[0] ?? 0) ^ 1;
  return { kind, key, signature, message: other };
}

/** A port that answers when the test says so. */
function heldPort() {
  const sent: Uint8Array[] = [];
  let take: (verdicts: Uint8Array) => void = () => undefined;
  const port: VerifierPort = {
    postMessage: (proposals) => void sent.push(proposals),
    on: (_event, listener) => {
      take = listener;
    },
  };
  const answer = (): void => {
    for (const proposals of sent.splice(0)) take(verifyAll(proposals));
  };
  return { port, sent, answer };
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('each of many gets its own verdict, wrong ones among right ones, over several rounds', async (t) => {
  t.diagnostic(`seed ${seedText}`);
  await using thread = new VerifierThread();
  const verifier = new Verifier({ port: thread.port, waitingMax: 1_000 });
  const random = randomOf('verdicts');
  const signers = [newSigner(), newSigner(), newSigner()];
  for (const count of [1, 2, 31, 32, 33, 200]) {
    const expected = Array.from({ length: count }, () => random() < 0.7);
    const asked = expected.map((isRight, index) => {
      const signer = signers[index % signers.length];
      assert(signer !== undefined);
      const right = signed(signer, `message ${index} of ${count}`);
      return verifier.isSigned(isRight ? right : altered(right));
    });
    assert.deepEqual(await Promise.all(asked), expected);
  }
});

test('a signature of another length is wrong, and no bytes are sent', async () => {
  const { port, sent } = heldPort();
  const verifier = new Verifier({ port, waitingMax: 1_000 });
  const right = signed(newSigner(), 'message');
  assert.equal(await verifier.isSigned({ ...right, signature: new Uint8Array(0) }), false);
  assert.equal(await verifier.isSigned({ ...right, signature: new Uint8Array(65) }), false);
  await nextTurn();
  assert.equal(sent.length, 0);
});

test('what comes in one turn goes as one message, and a crowd is divided', async () => {
  const { port, sent, answer } = heldPort();
  const verifier = new Verifier({ port, waitingMax: 1_000 });
  const right = signed(newSigner(), 'message');
  const ask = (count: number) => Array.from({ length: count }, () => verifier.isSigned(right));
  const sizes = (): number[] => sent.map((bytes) => [...decodeProposals(bytes)].length);
  const one = ask(1);
  await nextTurn();
  assert.deepEqual(sizes(), [1], 'it waits for no others');
  const five = ask(5);
  await nextTurn();
  assert.deepEqual(sizes(), [1, 5], 'nor for the answer to those before');
  const many = ask(70);
  await nextTurn();
  assert.deepEqual(sizes(), [1, 5, 32, 32, 6]);
  answer();
  assert.deepEqual(new Set(await Promise.all([...one, ...five, ...many])), new Set([true]));
});

/** Exactly as many may wait as fit; one more is refused, and once the others are answered there is room again. */
async function assertNoMoreWait(proposal: Proposal, { fit }: { fit: number }): Promise<void> {
  const { port, answer } = heldPort();
  const verifier = new Verifier({ port, waitingMax: 1_000 });
  const waiting = Array.from({ length: fit }, () => verifier.isSigned(proposal));
  await assert.rejects(
    verifier.isSigned(proposal),
    ({ code }: Refused): boolean => code === 'unavailable',
  );
  await nextTurn();
  answer();
  await Promise.all(waiting);
  const again = verifier.isSigned(proposal);
  await nextTurn();
  answer();
  assert.equal(await again, true);
}

test('no more wait than the bound, and who was refused leaves nothing behind', () =>
  assertNoMoreWait(signed(newSigner(), 'message'), { fit: 1_000 }));

test('nor more bytes', () =>
  assertNoMoreWait(signed(newSigner(), 'm'.repeat(262_144)), { fit: 256 }));

test('a verifier that gets what it does not understand dies of it', async () => {
  await using thread = new VerifierThread();
  thread.port.postMessage(new Uint8Array(7));
  const [error] = (await once(thread.worker, 'error')) as [Error];
  assert.match(error.message, /whole records/);
});
