// Keys: what each may do, and how they are added, rotated and revoked (docs/protocol.md §6.5). That who
// binds a key holds it is verified before the log (§3.4); replay trusts the log.

import {
  type DecodedParams,
  type EnvelopeCommand,
  fromHex,
  isOperatorType,
  KEYS_MAX,
  nonceStart,
  OPERATOR_USER_ID,
  type Rejection,
  ROLES,
  type Role,
  rolesOf,
  SCOPES,
  type Scope,
  scopeOf,
} from '@picostocks/protocol';
import type { Act } from './act.ts';
import { assert } from './assert.ts';
import { Key } from './key.ts';
import type { State, User } from './state.ts';
import { takeOffSwitch } from './switches.ts';

/** Has the key this scope or role? Key 0 and the role `all` have every one. */
export function hasScope({ scopes }: Key, scope: Scope | Role): boolean {
  return scopes.includes('all') || scopes.includes(scope);
}

/** May the key that signed this command give it? What the operator cannot give is not asked here. */
export function mayGive(key: Key, command: EnvelopeCommand): boolean {
  if (key.scopes.includes('all')) return true;
  const { type, userId, keyId } = command;
  if (isOperatorType(type)) {
    return rolesOf(type).some((role) => key.scopes.includes(role));
  }
  const scope = scopeOf(type);
  if (scope === 'anything') return true;
  if (scope !== 'keys') return userId === OPERATOR_USER_ID || hasScope(key, scope);
  if (command.type === 'rotate_key') return command.params.rotatedKeyId === keyId;
  return command.type === 'revoke_key' && command.params.revokedKeyId === keyId;
}

/** Gives a user his next key number, with a key that nobody ever had. */
export function bindKey(
  state: State,
  user: User,
  { publicKey, scopes }: { publicKey: string; scopes: readonly (Scope | Role)[] },
): Key {
  const id = user.keys.length;
  const { exchange, nonceOffset } = state;
  const key = new Key({
    id,
    publicKey: claimKey(state, user, publicKey),
    nonceNext: nonceStart({ exchange, userId: user.id, keyId: id }) + nonceOffset,
    scopes,
  });
  user.keys = user.keys.concat(key);
  return key;
}

/** From now on the key is this user's for ever. */
function claimKey(state: State, user: User, publicKey: string): Uint8Array {
  assert(!state.userByKey.has(publicKey), 'a key belongs to one user');
  const bytes = fromHex(publicKey);
  assert(bytes !== undefined, 'a public key is hexadecimal');
  state.userByKey.set(publicKey, user);
  return bytes;
}

export function addKey(
  state: State,
  { user, events }: Act,
  { publicKey, scopes }: DecodedParams<'add_key'>,
): Rejection | undefined {
  const known: readonly (Scope | Role)[] = user.id === OPERATOR_USER_ID ? ROLES : SCOPES;
  if (!scopes.every((scope) => known.includes(scope))) return 'scopes_wrong';
  if (state.userByKey.has(publicKey)) return 'key_taken';
  if (user.keys.length >= KEYS_MAX) return 'capacity';

  // After this line the command succeeds.
  const inOrder = known.filter((scope) => scopes.includes(scope));
  const key = bindKey(state, user, { publicKey, scopes: inOrder });
  const { id: keyId, nonceNext: nonce } = key;
  events.push({ kind: 'key_added', userId: user.id, keyId, publicKey, nonce, scopes: inOrder });
  return undefined;
}

export function rotateKey(
  state: State,
  { user, events }: Act,
  { rotatedKeyId: keyId, publicKey }: DecodedParams<'rotate_key'>,
): Rejection | undefined {
  const key = findKey(user, keyId);
  if (key === undefined) return 'key_not_found';
  if (state.userByKey.has(publicKey)) return 'key_taken';

  // After this line the command succeeds.
  user.formerKeys = user.formerKeys.concat(key.publicKey);
  key.publicKey = claimKey(state, user, publicKey);
  events.push({ kind: 'key_rotated', userId: user.id, keyId, publicKey });
  return undefined;
}

export function revokeKey(
  state: State,
  { user, events }: Act,
  { revokedKeyId: keyId }: DecodedParams<'revoke_key'>,
): Rejection | undefined {
  const key = findKey(user, keyId);
  if (key === undefined) return 'key_not_found';
  if (keyId === 0) return 'key_permanent';

  // After this line the command succeeds.
  key.isRevoked = true;
  takeOffSwitch(state, key);
  events.push({ kind: 'key_revoked', userId: user.id, keyId });
  return undefined;
}

function findKey(user: User, keyId: number): Key | undefined {
  const key = user.keys[keyId];
  return key?.isRevoked === false ? key : undefined;
}
