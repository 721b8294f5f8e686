// apply(state, entry) → events: the one function that decides.
//
// First an entry does what time has made due. Then its message is applied, rejected or void
// (docs/protocol.md §4). A rejection is a value: guards come first, so a rejected command has changed
// nothing but its nonce. A bug of ours is an assertion: the replica stops. An entry that this program
// cannot understand throws before anything has changed.

import {
  type Command,
  decodeCommand,
  decodeGenesis,
  ENTRY_FORMAT,
  ENTRY_KINDS,
  type Entry,
  type Event,
  encodeUtf8,
  type Register,
  type Rejection,
  RULES_MAX,
  type SignedCommand,
  sha256,
  toHex,
  UnknownEntry,
  type VoidReason,
} from '@picostocks/protocol';
import { type Act, beginAct } from './act.ts';
import { assert } from './assert.ts';
import { executeEnvelope } from './commands.ts';
import { describeState, stateLines } from './describe.ts';
import type { Engine } from './engine.ts';
import type { Key } from './key.ts';
import { OPERATIONS } from './operations.ts';
import { createState, type State, type User } from './state.ts';
import { resetSwitch } from './switches.ts';
import { runTime } from './time.ts';
import { addUser, register } from './users.ts';

type Unhashed = Omit<Entry, 'hash'>;
/** What an entry says beside its message. */
export type EntryHead = Pick<Entry, 'sequence' | 'time' | 'key'>;

/** The engine that the exchange runs. Reads look at `state`; only `apply` changes it. */
export class RealEngine implements Engine {
  readonly state: State;

  /** Begins before genesis, or with a state that was restored. */
  constructor(state: State = createState()) {
    this.state = state;
  }

  apply(entry: Unhashed): readonly Event[] {
    const { state } = this;
    assertIsNext(state, entry);
    if (entry.kind === ENTRY_KINDS.genesis) return found(state, entry);
    const { sequence } = entry;
    refuseNoGenesis(entry);
    if (entry.kind === ENTRY_KINDS.tick) return letTimePass(state, entry);
    const command = decodeCommand(entry.kind, entry.message);
    if (command.type === 'undecodable') {
      throw new UnknownEntry({ sequence, what: `a message that cannot be read: ${command.why}` });
    }
    return this.applyCommand(entry, command);
  }

  /** `apply` for who has decoded the message of the entry already; nothing else is left out. */
  applyCommand(head: EntryHead, command: Command): readonly Event[] {
    const { state } = this;
    assertIsNext(state, head);
    refuseNoGenesis(head);
    const events = letTimePass(state, head);
    return command.type === 'register'
      ? applyRegistration(state, head, command, events)
      : applySigned(state, head, command, events);
  }

  describe(): string {
    return describeState(this.state);
  }

  /** The state hash: SHA-256 over `describe()`, in hexadecimal. */
  hash(): string {
    const hash = sha256.create();
    for (const line of stateLines(this.state)) hash.update(encodeUtf8(`${line}\n`));
    return toHex(hash.digest());
  }
}

function found(state: State, entry: Unhashed): readonly Event[] {
  const genesis = decodeGenesis(entry.message);
  const { sequence } = entry;
  const isSigned = genesis !== undefined && toHex(entry.key) === genesis.operator;
  if (!isSigned || sequence !== 1) {
    throw new UnknownEntry({ sequence, what: 'a genesis that is none' });
  }
  if (genesis.format !== ENTRY_FORMAT || genesis.rules > RULES_MAX) {
    throw new UnknownEntry({ sequence, what: `format ${genesis.format}, rules ${genesis.rules}` });
  }
  advance(state, entry);
  state.exchange = genesis.exchange;
  state.rules = genesis.rules;
  state.sandbox = genesis.sandbox;
  addUser(state, genesis.operator);
  return [{ kind: 'exchange_founded', exchange: genesis.exchange }];
}

function refuseNoGenesis({ sequence }: EntryHead): void {
  if (sequence === 1) throw new UnknownEntry({ sequence, what: 'no genesis' });
}

function assertIsNext(state: State, { sequence, time }: EntryHead): void {
  assert(sequence === state.sequence + 1, 'entries are applied in order, each once');
  assert(time >= state.time, 'time never goes back');
}

function advance(state: State, entry: EntryHead): void {
  state.sequence = entry.sequence;
  state.timeBefore = state.time;
  state.time = entry.time;
}

/** The time of an entry comes before its message. */
function letTimePass(state: State, head: EntryHead): Event[] {
  advance(state, head);
  const events: Event[] = [];
  runTime(state, events);
  return events;
}

function voided(events: Event[], reason: VoidReason): readonly Event[] {
  events.push({ kind: 'command_void', reason });
  return events;
}

function rejected(events: Event[], before: number, reason: Rejection): readonly Event[] {
  assert(events.length === before, 'a rejected command has done nothing');
  events.push({ kind: 'command_rejected', reason });
  return events;
}

function applyRegistration(
  state: State,
  entry: EntryHead,
  { publicKey }: Register,
  events: Event[],
): readonly Event[] {
  if (toHex(entry.key) !== publicKey) return voided(events, 'key_not_current');
  if (state.userByKey.has(publicKey)) return voided(events, 'key_registered');
  if (!state.settings.registrationOpen) return voided(events, 'registration_closed');
  const before = events.length;
  const rejection = register(state, publicKey, events);
  return rejection === undefined ? events : rejected(events, before, rejection);
}

function applySigned(
  state: State,
  entry: EntryHead,
  command: SignedCommand,
  events: Event[],
): readonly Event[] {
  const user: User | undefined = state.users[command.userId];
  const key: Key | undefined = user?.keys[command.keyId];
  if (user === undefined || key === undefined) return voided(events, 'unknown_user');
  const isElsewhere = 'exchange' in command && command.exchange !== state.exchange;
  if (isElsewhere) return voided(events, 'wrong_exchange');
  if (!key.isCurrent(entry.key)) return voided(events, 'key_not_current');
  if (command.nonce !== key.nonceNext) return voided(events, 'nonce_not_next');
  key.nonceNext += 1;
  const before = events.length;
  const rejection = execute(state, beginAct(user, key, events), command);
  if (rejection !== undefined) return rejected(events, before, rejection);
  resetSwitch(state, key);
  return events;
}

/** An order text is signed by key 0 and never expires: nothing but the operation itself is asked. */
function execute(state: State, act: Act, command: SignedCommand): Rejection | undefined {
  if ('exchange' in command) return executeEnvelope(state, act, command);
  return command.type === 'place_order'
    ? OPERATIONS.place_order(state, act, command.params)
    : OPERATIONS.cancel_at_price(state, act, command.params);
}
