// The key of the heads, which shows the auditor every head that it signs.

import { createHash } from 'node:crypto';
import { HeadKey } from '../../packages/server/src/heads/head-key.ts';
import type { HeadAudit } from './head-audit.ts';

export class WatchedKey extends HeadKey {
  readonly #audit: HeadAudit;

  /** The same key as that of a `Signer` with this seed. */
  constructor(seed: string, audit: HeadAudit) {
    super(createHash('sha256').update(seed).digest());
    this.#audit = audit;
  }

  override sign(text: string): string {
    this.#audit.signed(text);
    return super.sign(text);
  }
}
