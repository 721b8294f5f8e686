// The signed text that registers a key: `REGISTER:<public_key>`, signed by that key, which proves
// that the sender holds the private half (docs/protocol.md §3.2).

const REGISTRATION = /^REGISTER:([0-9a-f]{64})$/;

export function encodeRegistrationText(publicKey: string): string {
  return `REGISTER:${publicKey}`;
}

/** The public key, in lower-case hexadecimal, or `undefined`. */
export function decodeRegistrationText(text: string): string | undefined {
  return REGISTRATION.exec(text)?.[1];
}
