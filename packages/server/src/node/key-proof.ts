// The proof that who binds a key to an account holds it (docs/protocol.md §3.4). The door asks for it
// before the log, and an auditor asks again; replay trusts the log.

import { type Command, encodeKeyText, encodeUtf8, fromHex } from '@picostocks/protocol';
import { isSignedBy } from './verify.ts';

/** Is the new key of a command proved, if it names one? Registering an own key is its own proof. */
export function isProved(command: Command, exchange: string): boolean {
  if (command.type !== 'add_key' && command.type !== 'rotate_key') return true;
  const { publicKey, proof } = command.params;
  const key = fromHex(publicKey);
  const signature = fromHex(proof);
  if (key === undefined || signature === undefined) return false;
  const text = encodeKeyText({ exchange, userId: command.userId, publicKey });
  return isSignedBy({ key, message: encodeUtf8(text), signature });
}
