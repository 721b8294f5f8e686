// The auditor's own exchange: every entry, as it became durable on the disk, applied by the naive engine.
//
// Invariants: entries come in order, each chained to the one before, and never go away again. A real
// engine of the auditor's own walks beside the naive one, since it can be asked quickly; the two must
// agree on every event, and at every CHECK_EVERY-th entry on the whole state. What the oracle says is
// what every reply, read and replica is held against.

import { createHash } from 'node:crypto';
import { findInsolvency, RealEngine, type State, stateLines } from '@picostocks/engine';
import { findViolations, NaiveEngine } from '@picostocks/engine/testing';
import {
  bytesEqual,
  decodeCommand,
  ENTRY_KINDS,
  type Entry,
  type Event,
  HASH_BYTES,
  toHex,
} from '@picostocks/protocol';
import { addressReply, balanceRows } from '../../packages/server/src/http/account-views.ts';
import { chainHash } from '../../packages/server/src/log/log.ts';
import { ownEvents } from '../../packages/server/src/own-events.ts';
import { type Reply, replyTo } from '../../packages/server/src/reply.ts';
import type { ViolationKind } from '../violation.ts';
import { entryOf } from '../world/disk-log.ts';
import { bookText } from '../world/door.ts';
import { eventLine } from './event-line.ts';
import { MoneyRows } from './money-rows.ts';
import { OrderAudit } from './order-audit.ts';
import { Versions } from './versions.ts';

/** The whole state is compared at multiples of this sequence. */
export const CHECK_EVERY = 32;

interface Known {
  readonly entry: Entry;
  readonly events: readonly Event[];
  readonly line: string;
}

export class Reference {
  readonly #naive = new NaiveEngine();
  readonly #real = new RealEngine();
  readonly #known: Known[] = [];
  readonly #stateHashes = new Map<number, string>();
  /** By signature: where it counted. */
  readonly #counted = new Map<string, number>();
  readonly #report: (kind: ViolationKind, what: string) => void;
  readonly #orders: OrderAudit;
  readonly money = new MoneyRows();
  /** `nonce 5/0`, `balance 5`, `book 3/2`, `address 5/3`, `withdrawals busy`, … */
  readonly versions = new Versions();

  constructor(report: (kind: ViolationKind, what: string) => void) {
    this.#report = report;
    this.#orders = new OrderAudit(report);
  }

  /** How many entries are durable. */
  get count(): number {
    return this.#known.length;
  }

  get state(): State {
    return this.#real.state;
  }

  at(sequence: number): Known | undefined {
    return this.#known[sequence - 1];
  }

  /** Where the message with this signature counted, if it did. */
  countedAt(signature: string): number | undefined {
    return this.#counted.get(signature);
  }

  /** The state's hash at a sequence at which it was taken. */
  stateHashAt(sequence: number): string | undefined {
    return this.#stateHashes.get(sequence);
  }

  /** Takes the next durable entry; answers whether it counted: it was applied or rejected. */
  take(bytes: Uint8Array): { readonly entry: Entry; readonly counts: boolean } {
    const entry = entryOf(bytes);
    if (!this.#follows(entry, bytes)) return { entry, counts: false };
    const events = this.#naive.apply(entry);
    const line = eventLine(events);
    const real = eventLine(this.#real.apply(entry));
    if (line !== real) {
      this.#report('engine_differs_from_oracle', `entry ${entry.sequence}: ${real} is not ${line}`);
    }
    this.#known.push({ entry, events, line });
    const [first] = ownEvents(events);
    const counts = first?.kind !== 'command_void' && entry.kind !== ENTRY_KINDS.tick;
    if (counts) this.#count(entry);
    this.#orders.take(entry, events);
    this.money.note(entry, events, this.versions);
    this.#noteVersions(entry.sequence, events);
    if (entry.sequence % CHECK_EVERY === 0) this.checkState();
    return { entry, counts };
  }

  /** The answer that the command of an entry must get; `undefined` for a void. */
  replyAt(sequence: number): Reply | undefined {
    const known = this.at(sequence);
    if (known === undefined) return undefined;
    const { entry, events } = known;
    const command = decodeCommand(entry.kind, entry.message);
    return command.type === 'undecodable' ? undefined : replyTo({ entry, command, events });
  }

  /** Compares both engines and checks sums, locks and books at the last entry. */
  checkState(): void {
    const text = this.#naive.describe();
    const hash = createHash('sha256').update(text).digest('hex');
    if (hashOfState(this.state) !== hash) {
      this.#report('engine_differs_from_oracle', `the states differ at entry ${this.count}`);
    }
    this.#stateHashes.set(this.count, hash);
    const [violation] = findViolations(text);
    const insolvency = violation ?? findInsolvency(this.state);
    if (insolvency !== undefined) this.#report('invariant_broken', insolvency);
  }

  #follows(entry: Entry, bytes: Uint8Array): boolean {
    const last = this.at(this.count)?.entry;
    const hash = chainHash(
      last?.hash ?? new Uint8Array(HASH_BYTES),
      bytes.subarray(0, -HASH_BYTES),
    );
    const isNext = entry.sequence === this.count + 1 && bytesEqual(hash, entry.hash);
    if (isNext && entry.time >= (last?.time ?? 0)) return true;
    this.#report('log_chain_broken', `entry ${entry.sequence} does not follow ${this.count}`);
    return false;
  }

  #count(entry: Entry): void {
    const signature = toHex(entry.signature);
    const before = this.#counted.get(signature);
    if (before !== undefined) {
      this.#report('counted_twice', `entries ${before} and ${entry.sequence} are the same message`);
    }
    this.#counted.set(signature, entry.sequence);
  }

  #noteVersions(sequence: number, events: readonly Event[]): void {
    for (const user of this.state.users) {
      for (const { id, nonceNext } of user.keys) {
        this.versions.note(`nonce ${user.id}/${id}`, sequence, `${nonceNext}`);
      }
      if (user.id === 0) continue;
      const balances = JSON.stringify(balanceRows(this.state, user));
      this.versions.note(`balance ${user.id}`, sequence, balances);
    }
    this.#noteAddresses(sequence, events);
    for (const market of this.state.markets) {
      const { stock, unit } = market;
      const isTouched = events.some(
        (event) => 'unitId' in event && event.stockId === stock.id && event.unitId === unit.id,
      );
      if (!isTouched) continue;
      this.versions.note(`book ${stock.id}/${unit.id}`, sequence, bookText(market));
    }
  }

  #noteAddresses(sequence: number, events: readonly Event[]): void {
    if (sequence === 1) this.versions.note('addresses', sequence, '[]');
    for (const event of events) {
      if (event.kind === 'user_registered') {
        for (const { id } of this.state.assets) this.#noteAddress(sequence, event.userId, id);
      }
      if (event.kind !== 'address_requested' && event.kind !== 'address_registered') continue;
      const wanted = [...this.state.addressesWanted.values()];
      const rows = wanted.map(({ user, asset }) => ({ user_id: user.id, stock_id: asset.id }));
      this.versions.note('addresses', sequence, JSON.stringify(rows));
      this.#noteAddress(sequence, event.userId, event.stockId);
    }
  }

  #noteAddress(sequence: number, userId: number, stockId: number): void {
    const user = this.state.users[userId];
    const asset = this.state.assetById.get(stockId);
    if (user === undefined || asset === undefined) return;
    const text = JSON.stringify(addressReply(this.state, { user, asset }));
    this.versions.note(`address ${userId}/${stockId}`, sequence, text);
  }
}

export function hashOfState(state: State): string {
  const hash = createHash('sha256');
  for (const line of stateLines(state)) hash.update(`${line}\n`);
  return hash.digest('hex');
}
