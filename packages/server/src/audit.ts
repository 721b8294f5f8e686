// The audit: from the log alone, as a stranger would do it. Every hash, every signature by the key that
// the entry names, every rule of the engine, and the sums of the ledger. Nothing that a server said is
// believed; what is read is the log file and this program.

import { findInsolvency, RealEngine, type State, totalsOf } from '@picostocks/engine';
import {
  bytesEqual,
  decodeCommand,
  decodeGenesis,
  ENTRY_KINDS,
  type Entry,
  type Event,
  formatAmount,
  type Sequence,
  type TimeMicros,
  toHex,
} from '@picostocks/protocol';
import { ExchangeError } from './exchange-error.ts';
import type { PublicationAudit } from './liabilities/publication-audit.ts';
import type { Log } from './log/log.ts';
import { isProved } from './node/key-proof.ts';
import { isSignedBy } from './node/verify.ts';
import { ownEvents } from './own-events.ts';

/** Where and why a log is not what it claims to be. */
export class AuditFailed extends Error {
  override readonly name = 'AuditFailed';
  readonly code = 'audit_failed';
  readonly sequence: Sequence;

  constructor(sequence: Sequence, why: string, cause?: unknown) {
    // What the log itself or the engine says begins with the entry already.
    const isNamed = why.startsWith(`entry ${sequence} `);
    super(isNamed ? why : `entry ${sequence}: ${why}`, { cause });
    this.sequence = sequence;
  }
}

export interface AuditReport {
  readonly exchange: string;
  readonly sequence: Sequence;
  readonly time: TimeMicros;
  readonly logHash: string;
  readonly stateHash: string;
  readonly users: number;
  readonly signatures: number;
  readonly voids: number;
  readonly rejections: number;
  /** How often the log was restored, and recovered. */
  readonly recoveries: number;
  /** How many publications of liabilities were held against it. */
  readonly publications: number;
  readonly assets: readonly {
    readonly stock_id: number;
    readonly code: string;
    readonly free: string;
    readonly locked: string;
    /** Of `locked`: the quantities and fees of withdrawals that are not final. */
    readonly withdrawing: string;
    readonly outside: string;
  }[];
}

/** The sums are checked after this many entries, and at the end. */
const SUMS_EVERY = 1_000_000;

/**
 * Audits a log to its end.
 *
 * @throws AuditFailed at the first entry that is wrong; ExchangeError `log_segment_missing`.
 */
export function auditLog(
  log: Log,
  onProgress: (done: Sequence, all: Sequence) => void = () => undefined,
  publications?: PublicationAudit,
): AuditReport {
  const audit = new Audit(publications);
  const head = log.head();
  const all = head.sequence;
  try {
    for (const entry of log.read(1)) {
      audit.take(entry);
      if (entry.sequence === all && !bytesEqual(entry.hash, head.hash)) {
        throw new AuditFailed(all, 'the head of the log has another hash');
      }
      if (entry.sequence % 10_000 === 0) onProgress(Math.min(entry.sequence, all), all);
    }
  } catch (error) {
    throw asFailure(error, audit.sequence + 1);
  }
  // A server that runs may have appended more since the head was read.
  if (audit.sequence < all) {
    throw new AuditFailed(audit.sequence + 1, `is missing: the head of the log says ${all}`);
  }
  onProgress(all, all);
  return audit.report();
}

/** The log says itself which entry it could not read; an engine that stops did so at the next. */
function asFailure(error: unknown, sequence: Sequence): Error {
  if (error instanceof AuditFailed) return error;
  // Nothing is wrong with a log of which a part is elsewhere; it cannot be audited here.
  if (error instanceof ExchangeError && error.code === 'log_segment_missing') return error;
  const { message, sequence: named } = error as { message?: string; sequence?: Sequence };
  return new AuditFailed(named ?? sequence, message ?? String(error), error);
}

class Audit {
  readonly #engine = new RealEngine();
  /** Public keys in hexadecimal by `<user>/<key>`; without those that were revoked. */
  readonly #keys = new Map<string, string>();
  #hash: Uint8Array = new Uint8Array(0);
  #signatures = 0;
  #voids = 0;
  #rejections = 0;
  #recoveries = 0;
  readonly #publications: PublicationAudit | undefined;
  /** Of the heads, as genesis names it. */
  #headKey = '';

  constructor(publications: PublicationAudit | undefined) {
    this.#publications = publications;
  }

  get sequence(): Sequence {
    return this.#engine.state.sequence;
  }

  get #state(): State {
    return this.#engine.state;
  }

  take(entry: Entry): void {
    const { sequence } = entry;
    if (entry.time < this.#state.time) throw new AuditFailed(sequence, 'its time goes back');
    this.#checkSignature(entry);
    const events = this.#engine.apply(entry);
    const [first] = ownEvents(events);
    if (first?.kind === 'command_void') this.#voids += 1;
    else this.#checkKeys(entry, events);
    if (first?.kind === 'command_rejected') this.#rejections += 1;
    // The engine knows no hashes, so that this is for who reads the log: docs/protocol.md §6.13.
    if (first?.kind === 'recovered') {
      this.#recoveries += 1;
      if (first.hash !== toHex(this.#hash)) {
        throw new AuditFailed(sequence, 'it recovers a log whose last entry had another hash');
      }
    }
    this.#hash = entry.hash;
    if (sequence === 1) this.#headKey = decodeGenesis(entry.message)?.headKey ?? '';
    const why = this.#publications?.check(entry, this.#state, this.#headKey);
    if (why !== undefined) throw new AuditFailed(sequence, why);
    if (sequence % SUMS_EVERY === 0) this.#checkSums();
  }

  #checkSignature(entry: Entry): void {
    if (entry.kind === ENTRY_KINDS.tick) {
      const isBare = [entry.key, entry.signature, entry.message].every(isZero);
      if (!isBare) throw new AuditFailed(entry.sequence, 'a tick carries more than its time');
      return;
    }
    if (!isSignedBy(entry)) throw new AuditFailed(entry.sequence, 'its signature does not verify');
    this.#signatures += 1;
  }

  /**
   * Who signed was allowed to sign: the key is the one that the entries before gave this user and number,
   * by a list of our own beside the engine's. And who binds a key has shown that he holds it.
   */
  #checkKeys(entry: Entry, events: readonly Event[]): void {
    const { sequence } = entry;
    const command = decodeCommand(entry.kind, entry.message);
    if (command.type !== 'undecodable' && command.type !== 'register') {
      const current = this.#keys.get(`${command.userId}/${command.keyId}`);
      if (current !== toHex(entry.key)) {
        throw new AuditFailed(sequence, 'its key was not the current key of its user');
      }
      if (!isProved(command, this.#state.exchange)) {
        throw new AuditFailed(sequence, 'it binds a key without the proof of who holds it');
      }
    }
    if (entry.kind === ENTRY_KINDS.genesis) this.#keys.set('0/0', toHex(entry.key));
    for (const event of events) this.#noteKey(event);
  }

  #noteKey(event: Event): void {
    switch (event.kind) {
      case 'user_registered':
        this.#keys.set(`${event.userId}/0`, event.publicKey);
        break;
      case 'key_added':
      case 'key_rotated':
        this.#keys.set(`${event.userId}/${event.keyId}`, event.publicKey);
        break;
      case 'key_revoked':
        this.#keys.delete(`${event.userId}/${event.keyId}`);
        break;
      default:
        break;
    }
  }

  #checkSums(): void {
    const insolvency = findInsolvency(this.#state);
    if (insolvency !== undefined) throw new AuditFailed(this.sequence, insolvency);
  }

  /** By asset. */
  #withdrawing(): Map<number, bigint> {
    const sums = new Map<number, bigint>();
    for (const { asset, quantity, fee } of this.#state.withdrawals.values()) {
      sums.set(asset.id, (sums.get(asset.id) ?? 0n) + quantity + fee);
    }
    return sums;
  }

  report(): AuditReport {
    this.#checkSums();
    const missing = this.#publications?.next;
    if (missing !== undefined) {
      throw new AuditFailed(missing, 'it has a head that publishes liabilities, and is not there');
    }
    const { exchange, sequence, time, users } = this.#state;
    const withdrawing = this.#withdrawing();
    return {
      exchange,
      sequence,
      time,
      logHash: toHex(this.#hash),
      stateHash: this.#engine.hash(),
      users: users.length - 1,
      signatures: this.#signatures,
      voids: this.#voids,
      rejections: this.#rejections,
      recoveries: this.#recoveries,
      publications: this.#publications?.checked ?? 0,
      assets: totalsOf(this.#state).map(({ asset, free, locked }) => ({
        stock_id: asset.id,
        code: asset.code,
        free: formatAmount(free),
        locked: formatAmount(locked),
        withdrawing: formatAmount(withdrawing.get(asset.id) ?? 0n),
        outside: formatAmount(asset.outside),
      })),
    };
  }
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}
