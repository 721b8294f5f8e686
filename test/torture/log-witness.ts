// Reads the log as a stranger would, after every restart from where it stopped, and applies it to an
// engine of its own. What it has once seen must still be there.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { findInsolvency, nextDue, RealEngine, type State } from '@picostocks/engine';
import { decodeCommand, ENTRY_KINDS, type Entry, type Event, toHex } from '@picostocks/protocol';
import { type DataFolder, listSnapshots, SqliteLog, startEngine } from '@picostocks/server';
import { ownEvents } from '../../packages/server/src/own-events.ts';
import { describeLogged } from './call.ts';

/** A command of the log that counts: not a void. */
export interface Logged {
  readonly sequence: number;
  readonly userId: number;
  readonly nonce: number;
  readonly text: string;
  readonly outcome: 'applied' | 'rejected';
  readonly messageHash: string;
}

export class LogWitness {
  readonly #folder: DataFolder;
  readonly #engine = new RealEngine();
  #hash = '';
  /** By sequence. */
  readonly commands = new Map<number, Logged>();
  /** How many that count have this text. */
  readonly #countByText = new Map<string, number>();
  /** What came from outside, by asset, gifts not counted. */
  readonly deposits = new Map<number, bigint>();
  voids = 0;

  constructor(folder: DataFolder) {
    this.#folder = folder;
  }

  get stateHash(): string {
    return this.#engine.hash();
  }

  get state(): State {
    return this.#engine.state;
  }

  /** When time next does something, if it ever does. */
  get due(): number | undefined {
    return nextDue(this.state);
  }

  countOf(text: string): number {
    return this.#countByText.get(text) ?? 0;
  }

  /** Reads what is new, and checks the chain, the sums and the newest snapshots. */
  look(): void {
    const log = SqliteLog.openReader(this.#folder.logFolder);
    try {
      const { sequence } = this.state;
      assert.equal(
        toHex(log.hashAt(sequence)),
        this.#hash || '0'.repeat(64),
        'the log has changed',
      );
      for (const entry of log.read(sequence + 1)) this.#take(entry);
      assert.equal(findInsolvency(this.state), undefined);
      this.#checkSnapshots(log);
    } finally {
      log.close();
    }
  }

  #take(entry: Entry): void {
    const events = this.#engine.apply(entry);
    this.#hash = toHex(entry.hash);
    const logged = loggedOf(entry, events);
    for (const event of events) {
      if (event.kind !== 'deposit_changed' || event.txid.startsWith('gift:')) continue;
      const before = this.deposits.get(event.stockId) ?? 0n;
      this.deposits.set(event.stockId, before + event.quantity);
    }
    if (logged === 'void') this.voids += 1;
    else if (logged !== undefined) {
      this.commands.set(entry.sequence, logged);
      this.#countByText.set(logged.text, this.countOf(logged.text) + 1);
    }
  }

  /** Whatever was killed: a snapshot that has its name is good, and leads to the same state. */
  #checkSnapshots(log: SqliteLog): void {
    const { snapshots } = this.#folder;
    const [newest = 0] = listSnapshots(snapshots);
    const engine = startEngine({ log, snapshots, warn: (message) => assert.fail(message) });
    const begun = engine.state.sequence;
    // More is possible: one that was being made has got its name meanwhile.
    assert(begun >= newest, `snapshot ${newest} is not used`);
    for (const entry of log.read(begun + 1)) engine.apply(entry);
    const { sequence } = engine.state;
    // A request that its client gave up may be appended while this looks.
    if (sequence > this.state.sequence) {
      for (const entry of log.read(this.state.sequence + 1)) {
        if (entry.sequence <= sequence) this.#take(entry);
      }
    }
    assert.equal(engine.hash(), this.#engine.hash(), `from snapshot ${begun} to ${sequence}`);
  }
}

function loggedOf(entry: Entry, events: readonly Event[]): Logged | 'void' | undefined {
  const { kind, message, sequence } = entry;
  if (kind === ENTRY_KINDS.genesis || kind === ENTRY_KINDS.tick) return undefined;
  const [first] = ownEvents(events);
  if (first?.kind === 'command_void') return 'void';
  const command = decodeCommand(kind, message);
  assert(command.type !== 'undecodable');
  if (command.type === 'register') return undefined;
  return {
    sequence,
    userId: command.userId,
    nonce: command.nonce,
    text: describeLogged(command),
    outcome: first?.kind === 'command_rejected' ? 'rejected' : 'applied',
    messageHash: createHash('sha256').update(message).digest('hex'),
  };
}
