// How many Ed25519 signatures of 300 bytes libsodium verifies on one core, and nothing else.
//
//   node verify.ts MILLISECONDS

import sodium from 'sodium-native';
import { keyOf, signHex } from './keys.ts';

const message = Buffer.alloc(300, 7);
const key = keyOf('verify');
const publicKey = Buffer.from(key.publicHex, 'hex');
const signature = Buffer.from(signHex(key, message), 'hex');

function verifyFor(ms: number): number {
  const begun = performance.now();
  let count = 0;
  let took = 0;
  for (; took < ms; took = performance.now() - begun) {
    for (let turn = 0; turn < 100; turn += 1) {
      if (!sodium.crypto_sign_verify_detached(signature, message, publicKey)) {
        throw new Error('the signature is right');
      }
    }
    count += 100;
  }
  return (count * 1_000) / took;
}

const ms = Number(process.argv[2]);
verifyFor(ms / 5);
process.stdout.write(`${JSON.stringify({ perSecond: verifyFor(ms) })}\n`);
