// The oracle: an engine with no cleverness, kept for ever to prove the fast one.
//
// It is written from docs/protocol.md and shares nothing with the real engine but the decoding of
// messages. It keeps lists and scans them; it asks for no speed and no small memory. When the two
// engines disagree, the document decides which of them is wrong.

import {
  type Command,
  decodeCommand,
  decodeGenesis,
  ENTRY_FORMAT,
  ENTRY_KINDS,
  type Entry,
  type Event,
  RULES_MAX,
  type SignedCommand,
  toHex,
  UnknownEntry,
  type VoidReason,
} from '@picostocks/protocol';
import type { Engine } from '../engine.ts';
import { addKey, applyEnvelope, isKeyKnown, registerUser } from './naive-commands.ts';
import { describeState } from './naive-describe.ts';
import {
  foundState,
  hasUser,
  type NaiveKey,
  type NaiveState,
  type Outcome,
} from './naive-state.ts';
import { cancelOrder, placeOrder } from './naive-trading.ts';

type Unhashed = Omit<Entry, 'hash'>;

export class NaiveEngine implements Engine {
  #state: NaiveState | undefined;

  /** For tests that aim at what exists: an open order's price, a free balance. Do not write to it. */
  get state(): NaiveState {
    if (this.#state === undefined) throw new Error('nothing exists before genesis');
    return this.#state;
  }

  apply(entry: Unhashed): readonly Event[] {
    if (this.#state === undefined) return this.#found(entry);
    const events = applyToState(this.#state, entry);
    this.#state.sequence = entry.sequence;
    this.#state.time = entry.time;
    return events;
  }

  describe(): string {
    return describeState(this.state);
  }

  #found(entry: Unhashed): readonly Event[] {
    const { sequence, time } = entry;
    if (entry.kind !== ENTRY_KINDS.genesis) throw unknown(entry, 'no genesis before it');
    const genesis = decodeGenesis(entry.message);
    if (genesis === undefined) throw unknown(entry, 'an unreadable genesis');
    if (genesis.format !== ENTRY_FORMAT) throw unknown(entry, `format ${genesis.format}`);
    if (genesis.rules > RULES_MAX) throw unknown(entry, `rules ${genesis.rules}`);
    this.#state = { ...foundState(genesis), sequence, time };
    addKey(this.#state, 0, genesis.operator);
    return [{ kind: 'exchange_founded', exchange: genesis.exchange }];
  }
}

function unknown({ sequence }: Unhashed, what: string): UnknownEntry {
  return new UnknownEntry({ sequence, what });
}

function applyToState(state: NaiveState, entry: Unhashed): readonly Event[] {
  const { kind, message } = entry;
  if (kind === ENTRY_KINDS.tick) return [];
  if (kind === ENTRY_KINDS.genesis) throw unknown(entry, 'a second genesis');
  const command = decodeCommand(kind, message);
  if (command.type === 'undecodable') throw unknown(entry, command.why);
  return applyCommand(state, command, entry);
}

function applyCommand(state: NaiveState, command: Command, entry: Unhashed): readonly Event[] {
  if (command.type === 'register') {
    const { publicKey } = command;
    // Nobody registers a key but the one who signs with it: docs/protocol.md §3.2.
    if (publicKey !== toHex(entry.key)) return voided('key_not_current');
    if (isKeyKnown(state, publicKey)) return voided('key_registered');
    if (!state.registrationOpen) return voided('registration_closed');
    return eventsOf(registerUser(state, publicKey));
  }
  const key = state.keys.find(
    ({ userId, keyId }) => userId === command.userId && keyId === command.keyId,
  );
  if (key === undefined || !hasUser(state, command.userId)) return voided('unknown_user');
  const reason = voidReason(state, { command, key, entry });
  if (reason !== undefined) return voided(reason);
  key.nonce += 1;
  return eventsOf(applySigned(state, command, entry.time));
}

interface Signing {
  readonly command: SignedCommand;
  readonly key: NaiveKey;
  readonly entry: Unhashed;
}

function voidReason(state: NaiveState, { command, key, entry }: Signing): VoidReason | undefined {
  const isEnvelope = command.type !== 'place_order' && command.type !== 'cancel_order';
  if (isEnvelope && command.exchange !== state.genesis.exchange) return 'wrong_exchange';
  if (key.publicKey !== toHex(entry.key)) return 'key_not_current';
  return command.nonce === key.nonce ? undefined : 'nonce_not_next';
}

function applySigned(state: NaiveState, command: SignedCommand, time: number): Outcome {
  if (command.type === 'place_order') return placeOrder(state, command, time);
  if (command.type === 'cancel_order') return cancelOrder(state, command, time);
  return applyEnvelope(state, command, time);
}

function voided(reason: VoidReason): readonly Event[] {
  return [{ kind: 'command_void', reason }];
}

function eventsOf(outcome: Outcome): readonly Event[] {
  return typeof outcome === 'string' ? [{ kind: 'command_rejected', reason: outcome }] : outcome;
}
