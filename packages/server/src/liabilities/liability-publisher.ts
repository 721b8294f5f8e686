// Publishes what the exchange owes: has the trees built, keeps the lines, and answers the root that a head
// is to sign. One publication at a time.

import { existsSync } from 'node:fs';
import { hashLiabilityLines, liabilityText, type Sequence } from '@picostocks/protocol';
import { buildInThread, type LiabilityBuild, type LiabilityThreadData } from './liability-build.ts';
import type { LiabilityFolder } from './liability-folder.ts';
import type { AssetRecords } from './liability-records.ts';
import { ensureLiabilitySecret, readLiabilitySecret } from './liability-secret.ts';

export interface LiabilityClaims {
  readonly exchange: string;
  readonly sequence: Sequence;
  /** What everybody had after that entry. */
  readonly assets: readonly AssetRecords[];
}

export class LiabilityPublisher {
  readonly #folder: LiabilityFolder;
  readonly #secretPath: string;
  readonly #build: (data: LiabilityThreadData) => LiabilityBuild;
  #underWay: LiabilityBuild | undefined;

  /** @throws ExchangeError `liability_secret_bad` */
  constructor(fields: {
    readonly folder: LiabilityFolder;
    readonly secretPath: string;
    /** Default: in a thread of its own. */
    readonly build?: (data: LiabilityThreadData) => LiabilityBuild;
  }) {
    this.#folder = fields.folder;
    this.#secretPath = fields.secretPath;
    this.#build = fields.build ?? buildInThread;
    this.#folder.prepare();
    if (existsSync(this.#secretPath)) readLiabilitySecret(this.#secretPath);
  }

  /**
   * Keeps everything that the next head promises with the root that is answered.
   *
   * @throws Error of the file system or of the build; then nothing is published.
   */
  async publish(claims: LiabilityClaims): Promise<string> {
    const secret = ensureLiabilitySecret(this.#secretPath);
    this.#underWay = this.#build({ ...claims, secret, folder: this.#folder.path });
    try {
      const lines = await this.#underWay.lines;
      this.#folder.keepLines(claims.sequence, liabilityText(lines));
      return hashLiabilityLines(lines);
    } finally {
      this.#underWay = undefined;
    }
  }

  /** Gives up what is being built; `publish` then throws. */
  abandon(): void {
    this.#underWay?.abandon();
  }
}
