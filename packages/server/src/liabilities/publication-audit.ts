// Holds what an exchange published of its liabilities against the log: at each head that published any,
// the lines must be those that were signed, and say what all users really had then. With the secret of the
// salts every tree is built again; without it their roots are for the users, each of whom has a proof.

import { existsSync, readFileSync } from 'node:fs';
import { type State, totalsOf } from '@picostocks/engine';
import {
  decodeHeadLine,
  decodeLiabilityLines,
  type Entry,
  fromHex,
  hashLiabilityLines,
  type LogHead,
  type Sequence,
  type SignedHead,
  toHex,
  ZERO_HASH,
} from '@picostocks/protocol';
import { ExchangeError } from '../exchange-error.ts';
import { isSignedBy } from '../node/verify.ts';
import { LiabilityFolder } from './liability-folder.ts';
import { captureLiabilities, RECORD_BYTES } from './liability-records.ts';
import { readLiabilitySecret } from './liability-secret.ts';
import { buildLiabilities } from './tree-file.ts';

type PublishedHead = SignedHead & { readonly head: LogHead };

export class PublicationAudit {
  /** Those that are not reached yet, the oldest first. */
  readonly #heads: PublishedHead[];
  readonly #folder: LiabilityFolder;
  readonly #secret: Uint8Array | undefined;
  #checked = 0;

  /**
   * Reads the heads, of the exchange's own file or of a witness's, which begins with the key.
   *
   * @throws ExchangeError `heads_corrupt`, `liability_secret_bad`.
   */
  constructor(paths: {
    readonly heads: string;
    readonly liabilities: string;
    readonly secret?: string | undefined;
  }) {
    this.#folder = new LiabilityFolder(paths.liabilities);
    this.#secret = paths.secret === undefined ? undefined : readLiabilitySecret(paths.secret);
    const text = existsSync(paths.heads) ? readFileSync(paths.heads, 'latin1') : '';
    // What stands behind the last line feed was never promised.
    const lines = text.split('\n').slice(0, -1);
    this.#heads = lines
      .filter((line) => !line.startsWith('KEY:'))
      .map((line) => {
        const head = decodeHeadLine(line);
        if (head !== undefined) return head;
        const message = `${paths.heads} has a line that is no head`;
        throw new ExchangeError({ code: 'heads_corrupt', message });
      })
      .filter(({ head }) => head.liabilitiesRoot !== ZERO_HASH)
      // Several programs may keep their heads in one file.
      .sort(({ head }, { head: other }) => head.sequence - other.sequence);
  }

  /** How many publications were right. */
  get checked(): number {
    return this.#checked;
  }

  /** The entry of the next publication, if there is one. */
  get next(): Sequence | undefined {
    return this.#heads[0]?.head.sequence;
  }

  /** What is wrong with the publications at this entry, after which the state is this; or `undefined`. */
  check(entry: Entry, state: State, headKey: string): string | undefined {
    while (this.next === entry.sequence) {
      const published = this.#heads.shift();
      const why = published && this.#findLie(published, { entry, state, headKey });
      if (why !== undefined) return why;
      this.#checked += 1;
    }
    return undefined;
  }

  #findLie(
    { head, text, signature }: PublishedHead,
    { entry, state, headKey }: { entry: Entry; state: State; headKey: string },
  ): string | undefined {
    const claim = {
      message: Buffer.from(text),
      signature: fromHex(signature),
      key: fromHex(headKey),
    };
    const { message, signature: signed, key } = claim;
    if (
      signed === undefined ||
      key === undefined ||
      !isSignedBy({ message, signature: signed, key })
    ) {
      return 'the head that publishes liabilities is not signed by the head key';
    }
    const isOfLog = head.exchange === state.exchange && head.chainHash === toHex(entry.hash);
    if (!isOfLog) return 'the head that publishes liabilities is of another log';
    const lines = this.#folder.lines(head.sequence);
    if (lines === undefined)
      return 'the liabilities that were published with its head are not there';
    if (hashLiabilityLines(lines) !== head.liabilitiesRoot) {
      return 'the liabilities are not those that were published with its head';
    }
    return this.#findWrongLine(lines, state);
  }

  #findWrongLine(texts: readonly string[], state: State): string | undefined {
    const assets = captureLiabilities(state);
    const totals = new Map(totalsOf(state).map((total) => [total.asset.id, total]));
    const lines = decodeLiabilityLines(texts) ?? [];
    if (lines.length !== assets.length) return 'its liabilities do not have a line for each asset';
    for (const [index, { assetId, records }] of assets.entries()) {
      const line = lines[index];
      const total = totals.get(assetId);
      const sum = (total?.free ?? 0n) + (total?.locked ?? 0n);
      const isRight =
        line?.assetId === assetId &&
        line.size === records.length / RECORD_BYTES &&
        line.sum === sum;
      if (!isRight) return `its liabilities say of asset ${assetId} something else than the log`;
    }
    const { exchange, sequence } = state;
    const secret = this.#secret;
    if (secret === undefined) return undefined;
    const built = buildLiabilities({ exchange, sequence, secret, assets }).lines;
    const wrong = built.findIndex((text, index) => text !== texts[index]);
    if (wrong === -1) return undefined;
    return `the root of asset ${assets[wrong]?.assetId} is not that of its users with this secret`;
  }
}
