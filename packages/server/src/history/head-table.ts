// The heads by sequence, for reads. What keeps them is their own file; this table is made from it. Where
// two are of one entry, the later says all that the earlier said, and what the exchange owes: only it is here.

import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Sequence, SignedHead } from '@picostocks/protocol';
import { IS_PUBLISHED } from './history-schema.ts';

export interface HeadRow extends SignedHead {
  readonly sequence: Sequence;
}

/** The newest head with which liabilities were published; the index of the history is over the same. */
export const PUBLISHED_HEAD = `SELECT * FROM head WHERE ${IS_PUBLISHED} ORDER BY sequence DESC LIMIT 1`;

export class HeadTable {
  readonly #insert: StatementSync;
  readonly #newest: StatementSync;
  readonly #oldest: StatementSync;
  readonly #published: StatementSync;

  constructor(database: DatabaseSync) {
    this.#insert = database.prepare('INSERT OR REPLACE INTO head VALUES (?, ?, ?)');
    this.#newest = database.prepare('SELECT * FROM head ORDER BY sequence DESC LIMIT 1');
    this.#oldest = database.prepare('SELECT * FROM head ORDER BY sequence LIMIT 1');
    this.#published = database.prepare(PUBLISHED_HEAD);
  }

  get newest(): HeadRow | undefined {
    return this.#newest.get() as unknown as HeadRow | undefined;
  }

  get oldest(): HeadRow | undefined {
    return this.#oldest.get() as unknown as HeadRow | undefined;
  }

  /** The newest with which liabilities were published. */
  get published(): HeadRow | undefined {
    return this.#published.get() as unknown as HeadRow | undefined;
  }

  add({ sequence, text, signature }: HeadRow): void {
    this.#insert.run(sequence, text, signature);
  }
}
