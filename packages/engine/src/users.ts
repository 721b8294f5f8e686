// Users: how they come to be (docs/protocol.md §6.3).

import { type DecodedParams, type Event, type Rejection, USERS_MAX } from '@picostocks/protocol';
import type { Act } from './act.ts';
import { creditGift } from './deposits.ts';
import { bindKey } from './keys.ts';
import { canDeposit } from './ledger.ts';
import { createUser, type State, type User } from './state.ts';

/** Adds a user with a key that no user ever had. */
export function addUser(state: State, publicKey: string): User {
  const user = createUser(state.users.length);
  bindKey(state, user, { publicKey, scopes: ['all'] });
  state.users.push(user);
  return user;
}

/** Why nobody can be registered now. */
export function findRegistrationRejection(state: State): Rejection | undefined {
  if (state.users.length > USERS_MAX) return 'capacity';
  const { gift } = state.settings;
  if (gift > 0n && !state.assets.every((asset) => canDeposit(asset, gift))) {
    return 'deposit_too_large';
  }
  return undefined;
}

/** Registers a user and, in a sandbox that gives, credits the gift. */
export function register(state: State, publicKey: string, events: Event[]): Rejection | undefined {
  const rejection = findRegistrationRejection(state);
  if (rejection !== undefined) return rejection;

  // After this line the command succeeds.
  const user = addUser(state, publicKey);
  const nonce = user.keys[0]?.nonceNext ?? 0;
  events.push({ kind: 'user_registered', userId: user.id, publicKey, nonce });
  creditGift(state, user, events);
  return undefined;
}

export function registerUser(
  state: State,
  { events }: Act,
  { publicKey }: DecodedParams<'register_user'>,
): Rejection | undefined {
  if (state.userByKey.has(publicKey)) return 'key_taken';
  return register(state, publicKey, events);
}
