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
import { applyEnvelope } from './naive-commands.ts';
import { describeState } from './naive-describe.ts';
import { addKey, isKeyKnown } from './naive-keys.ts';
import { applyOperation, newMeetings } from './naive-operations.ts';
import { foundState, type NaiveKey, type NaiveState, type Outcome } from './naive-state.ts';
import { postponeSwitch, runTimers } from './naive-time.ts';
import { registerUser } from './naive-users.ts';

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
    const state = { ...foundState(genesis), sequence, time };
    state.users.push({ userId: 0, tier: 0, deadBefore: 0, frozen: undefined });
    addKey(state, { userId: 0, publicKey: genesis.operator, scopes: [] });
    this.#state = state;
    return [{ kind: 'exchange_founded', exchange: genesis.exchange }];
  }
}

function unknown({ sequence }: Unhashed, what: string): UnknownEntry {
  return new UnknownEntry({ sequence, what });
}

/** First what is due, then what the message asks for. What cannot be read changes nothing at all. */
function applyToState(state: NaiveState, entry: Unhashed): readonly Event[] {
  const command = entry.kind === ENTRY_KINDS.tick ? undefined : readCommand(entry);
  const timed = runTimers(state, entry.time);
  const asked = command === undefined ? [] : applyCommand(state, command, entry);
  return timed.length === 0 ? asked : [...timed, { kind: 'timers_ran' }, ...asked];
}

function readCommand(entry: Unhashed): Command {
  if (entry.kind === ENTRY_KINDS.genesis) throw unknown(entry, 'a second genesis');
  const command = decodeCommand(entry.kind, entry.message);
  if (command.type === 'undecodable') throw unknown(entry, command.why);
  return command;
}

function applyCommand(state: NaiveState, command: Command, entry: Unhashed): readonly Event[] {
  if (command.type === 'register') {
    const { publicKey } = command;
    // Nobody registers a key but the one who signs with it: docs/protocol.md §3.2.
    if (publicKey !== toHex(entry.key)) return voided('key_not_current');
    if (isKeyKnown(state, publicKey)) return voided('key_registered');
    if (!state.registrationOpen) return voided('registration_closed');
    return eventsOf(registerUser(state, publicKey, entry.time));
  }
  const key = state.keys.find(
    ({ userId, keyId }) => userId === command.userId && keyId === command.keyId,
  );
  if (key === undefined) return voided('unknown_user');
  const reason = voidReason(state, { command, key, entry });
  if (reason !== undefined) return voided(reason);
  key.nonce += 1;
  const outcome = applySigned(state, { command, key, entry });
  if (typeof outcome !== 'string') postponeSwitch(key, entry.time);
  return eventsOf(outcome);
}

interface Signing {
  readonly command: SignedCommand;
  readonly key: NaiveKey;
  readonly entry: Unhashed;
}

function voidReason(state: NaiveState, { command, key, entry }: Signing): VoidReason | undefined {
  if ('exchange' in command && command.exchange !== state.genesis.exchange) return 'wrong_exchange';
  if (key.revoked || key.publicKey !== toHex(entry.key)) return 'key_not_current';
  return command.nonce === key.nonce ? undefined : 'nonce_not_next';
}

function applySigned(state: NaiveState, { command, key, entry }: Signing): Outcome {
  if ('exchange' in command) return applyEnvelope(state, { command, key, at: entry });
  const { userId } = command;
  return applyOperation(state, command, { userId, time: entry.time, meetings: newMeetings() });
}

function voided(reason: VoidReason): readonly Event[] {
  return [{ kind: 'command_void', reason }];
}

function eventsOf(outcome: Outcome): readonly Event[] {
  return typeof outcome === 'string' ? [{ kind: 'command_rejected', reason: outcome }] : outcome;
}
