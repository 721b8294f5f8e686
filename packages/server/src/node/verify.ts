// Ed25519 verification by libsodium, which refuses small-order keys and signatures with S ≥ L. A message
// is verified once, here, before the log; replay trusts the log (docs/protocol.md §3).

import sodium from 'sodium-native';

export interface Signature {
  readonly key: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}

export function isSignedBy({ key, message, signature }: Signature): boolean {
  if (signature.length !== sodium.crypto_sign_BYTES) return false;
  return sodium.crypto_sign_verify_detached(signature, message, key);
}
