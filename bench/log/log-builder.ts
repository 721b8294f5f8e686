// Builds the log of a founded exchange straight through the log's writer, with an engine beside it that
// must apply every entry: what is measured on it is then the work of entries that did something.

import { generateKeyPairSync, sign } from 'node:crypto';
import { RealEngine } from '@picostocks/engine';
import type { Proposal } from '@picostocks/protocol';
import { type DataFolder, found, prepareGenesis, SqliteLog } from '@picostocks/server';
import { sealEntries } from '../../packages/server/src/log/log.ts';
import { Author } from './author.ts';

/** Entries of one commit. */
const BATCH = 4_096;

export class LogBuilder {
  readonly folder: DataFolder;
  readonly author: Author;
  readonly engine = new RealEngine();
  readonly #log: SqliteLog;

  constructor(folder: DataFolder) {
    this.folder = folder;
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const operator = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
    const text = prepareGenesis(folder, { operator: operator.toString('hex'), sandbox: true });
    found(folder, sign(null, text, privateKey));
    this.#log = SqliteLog.openWriter(folder.logFolder);
    for (const entry of this.#log.read(1)) this.engine.apply(entry);
    this.author = new Author(this.engine.state.exchange, operator);
  }

  /** Appends what a generator gives next, until the log ends with `last` or the generator does. */
  grow(proposals: Iterator<Proposal>, last = Number.POSITIVE_INFINITY): void {
    for (;;) {
      const batch = takeSome(proposals, Math.min(BATCH, last - this.#log.head().sequence));
      if (batch.length === 0) break;
      this.#append(batch);
    }
    this.#log.checkpoint();
  }

  #append(proposals: readonly Proposal[]): void {
    const head = this.#log.head();
    const entries = sealEntries(head, { proposals, time: Date.now() * 1_000 });
    this.#log.append(head, entries);
    this.#log.checkpointIfDue();
    for (const entry of entries) {
      const [first] = this.engine.apply(entry);
      const isBad = first?.kind === 'command_rejected' || first?.kind === 'command_void';
      if (isBad) throw new Error(`entry ${entry.sequence} is ${first.kind}: ${first.reason}`);
    }
  }

  close(): void {
    this.#log.close();
  }
}

/** `Iterator.take` would end the generator. */
function takeSome<T>(from: Iterator<T>, count: number): T[] {
  const taken: T[] = [];
  while (taken.length < count) {
    const { value, done } = from.next();
    if (done === true) break;
    taken.push(value);
  }
  return taken;
}
