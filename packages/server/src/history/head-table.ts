// The heads by sequence, for reads. What keeps them is their own file; this table is made from it.

import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Sequence, SignedHead } from '@picostocks/protocol';

export interface HeadRow extends SignedHead {
  readonly sequence: Sequence;
}

export class HeadTable {
  readonly #insert: StatementSync;
  readonly #newest: StatementSync;

  constructor(database: DatabaseSync) {
    this.#insert = database.prepare('INSERT OR REPLACE INTO head VALUES (?, ?, ?)');
    this.#newest = database.prepare('SELECT * FROM head ORDER BY sequence DESC LIMIT 1');
  }

  get newest(): HeadRow | undefined {
    return this.#newest.get() as unknown as HeadRow | undefined;
  }

  add({ sequence, text, signature }: HeadRow): void {
    this.#insert.run(sequence, text, signature);
  }
}
