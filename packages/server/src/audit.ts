// The audit: from the log alone, as a stranger would do it. Every hash, every signature by the key that
// the entry names, every rule of the engine, and the sums of the ledger. Nothing that a server said is
// believed; what is read is the log file and this program.

import { findInsolvency, RealEngine, type State, totalsOf } from '@picostocks/engine';
import {
  bytesEqual,
  ENTRY_KINDS,
  type Entry,
  formatAmount,
  type Sequence,
  type TimeMicros,
  toHex,
} from '@picostocks/protocol';
import type { Log } from './log/log.ts';
import { isSignedBy } from './node/verify.ts';

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
  readonly assets: readonly {
    readonly stock_id: number;
    readonly code: string;
    readonly free: string;
    readonly locked: string;
    readonly outside: string;
  }[];
}

/** The sums are checked after this many entries, and at the end. */
const SUMS_EVERY = 1_000_000;

/**
 * Audits a log to its end.
 *
 * @throws AuditFailed at the first entry that is wrong.
 */
export function auditLog(
  log: Log,
  onProgress: (done: Sequence, all: Sequence) => void = () => undefined,
): AuditReport {
  const audit = new Audit();
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
function asFailure(error: unknown, sequence: Sequence): AuditFailed {
  if (error instanceof AuditFailed) return error;
  const { message, sequence: named } = error as { message?: string; sequence?: Sequence };
  return new AuditFailed(named ?? sequence, message ?? String(error), error);
}

class Audit {
  readonly #engine = new RealEngine();
  #hash: Uint8Array = new Uint8Array(0);
  #signatures = 0;
  #voids = 0;
  #rejections = 0;

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
    const [first] = this.#engine.apply(entry);
    if (first?.kind === 'command_void') this.#voids += 1;
    if (first?.kind === 'command_rejected') this.#rejections += 1;
    this.#hash = entry.hash;
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

  #checkSums(): void {
    const insolvency = findInsolvency(this.#state);
    if (insolvency !== undefined) throw new AuditFailed(this.sequence, insolvency);
  }

  report(): AuditReport {
    this.#checkSums();
    const { exchange, sequence, time, users } = this.#state;
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
      assets: totalsOf(this.#state).map(({ asset, free, locked }) => ({
        stock_id: asset.id,
        code: asset.code,
        free: formatAmount(free),
        locked: formatAmount(locked),
        outside: formatAmount(asset.outside),
      })),
    };
  }
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}
