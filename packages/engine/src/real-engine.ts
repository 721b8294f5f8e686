// apply(state, entry) → events: the one function that decides.
//
// An entry is applied, rejected or void (docs/protocol.md §4). A rejection is a value: guards come
// first, so a rejected command has changed nothing but its nonce. A bug of ours is an assertion: the
// replica stops. An entry that this program cannot understand throws before anything has changed.

import {
  bytesEqual,
  decodeCommand,
  decodeGenesis,
  ENTRY_FORMAT,
  ENTRY_KINDS,
  type Entry,
  type EnvelopeCommand,
  type Event,
  encodeUtf8,
  OPERATOR_TYPES,
  type Register,
  type Rejection,
  RULES_MAX,
  type SignedCommand,
  sha256,
  toHex,
  UnknownEntry,
  type VoidReason,
} from '@picostocks/protocol';
import { assert, unreachable } from './assert.ts';
import { cancelOrder } from './cancel-order.ts';
import { describeState, stateLines } from './describe.ts';
import type { Engine } from './engine.ts';
import {
  changeAsset,
  changeMarket,
  changeSettings,
  createAsset,
  listMarket,
  setFees,
} from './listings.ts';
import { placeOrder } from './place-order.ts';
import { recover } from './recover.ts';
import { createState, type Key, type State } from './state.ts';
import { addUser, creditDeposit, register, transfer } from './users.ts';

type Unhashed = Omit<Entry, 'hash'>;

/** The engine that the exchange runs. Reads look at `state`; only `apply` changes it. */
export class RealEngine implements Engine {
  readonly state: State;

  /** Begins before genesis, or with a state that was restored. */
  constructor(state: State = createState()) {
    this.state = state;
  }

  apply(entry: Unhashed): readonly Event[] {
    const { state } = this;
    assert(entry.sequence === state.sequence + 1, 'entries are applied in order, each once');
    assert(entry.time >= state.time, 'time never goes back');
    return entry.kind === ENTRY_KINDS.genesis ? found(state, entry) : applyEntry(state, entry);
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

function advance(state: State, entry: Unhashed): void {
  state.sequence = entry.sequence;
  state.time = entry.time;
}

function applyEntry(state: State, entry: Unhashed): readonly Event[] {
  const { sequence } = entry;
  if (sequence === 1) throw new UnknownEntry({ sequence, what: 'no genesis' });
  if (entry.kind === ENTRY_KINDS.tick) {
    advance(state, entry);
    return [];
  }
  const command = decodeCommand(entry.kind, entry.message);
  if (command.type === 'undecodable') {
    throw new UnknownEntry({ sequence, what: `a message that cannot be read: ${command.why}` });
  }
  const elapsed = entry.time - state.time;
  advance(state, entry);
  if (command.type === 'register') return applyRegistration(state, entry, command);
  return applySigned(state, { command, entry, elapsed });
}

function voided(reason: VoidReason): readonly Event[] {
  return [{ kind: 'command_void', reason }];
}

function outcome(events: readonly Event[], rejection: Rejection | undefined): readonly Event[] {
  if (rejection === undefined) return events;
  assert(events.length === 0, 'a rejected command has done nothing');
  return [{ kind: 'command_rejected', reason: rejection }];
}

function applyRegistration(state: State, entry: Unhashed, command: Register): readonly Event[] {
  const { publicKey } = command;
  if (toHex(entry.key) !== publicKey) return voided('key_not_current');
  if (state.userByKey.has(publicKey)) return voided('key_registered');
  if (!state.settings.registrationOpen) return voided('registration_closed');
  const events: Event[] = [];
  return outcome(events, register(state, publicKey, events));
}

/** A command in its entry, and the time since the entry before. */
interface Sequenced {
  readonly command: SignedCommand;
  readonly entry: Unhashed;
  readonly elapsed: number;
}

function applySigned(state: State, { command, entry, elapsed }: Sequenced): readonly Event[] {
  const key: Key | undefined = state.users[command.userId]?.keys[command.keyId];
  if (key === undefined) return voided('unknown_user');
  if ('exchange' in command && command.exchange !== state.exchange) return voided('wrong_exchange');
  if (!bytesEqual(entry.key, key.publicKey)) return voided('key_not_current');
  if (command.nonce !== key.nonceNext) return voided('nonce_not_next');
  key.nonceNext += 1;
  const events: Event[] = [];
  return outcome(events, execute(state, { command, elapsed }, events));
}

function execute(
  state: State,
  { command, elapsed }: Omit<Sequenced, 'entry'>,
  events: Event[],
): Rejection | undefined {
  switch (command.type) {
    case 'place_order':
      return placeOrder(state, command, events);
    case 'cancel_order':
      return cancelOrder(state, command, events);
    default:
      return executeEnvelope(state, { command, elapsed }, events);
  }
}

function executeEnvelope(
  state: State,
  { command, elapsed }: { readonly command: EnvelopeCommand; readonly elapsed: number },
  events: Event[],
): Rejection | undefined {
  if (command.expires < state.time) return 'expired';
  if (OPERATOR_TYPES.has(command.type) && command.userId !== 0) return 'not_operator';
  switch (command.type) {
    case 'noop':
      events.push({ kind: 'nonce_spent' });
      return undefined;
    case 'transfer':
      return transfer(state, command, events);
    case 'register_user': {
      const { publicKey } = command.params;
      if (state.userByKey.has(publicKey)) return 'key_taken';
      return register(state, publicKey, events);
    }
    case 'create_asset':
      return createAsset(state, command, events);
    case 'change_asset':
      return changeAsset(state, command, events);
    case 'list_market':
      return listMarket(state, command, events);
    case 'change_market':
      return changeMarket(state, command, events);
    case 'set_fees':
      return setFees(state, command, events);
    case 'credit_deposit':
      return creditDeposit(state, command, events);
    case 'change_settings':
      return changeSettings(state, command, events);
    case 'recover':
      return recover(state, { params: command.params, elapsed }, events);
    default:
      return unreachable(command);
  }
}
