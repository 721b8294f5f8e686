// Verifies at every publication that the exchange owes a user what he has. What is hidden from the sums can
// only be seen by those whose it is, so a client looks by itself and does not wait to be asked.
//
// The amount to expect comes from the user's own records where he has some. Where he has none, it is what
// the exchange says elsewhere that he has now: less, because it is the same who speaks, and because it may
// have changed since. The result says which it was.

import {
  formatAmount,
  type LiabilityReply,
  parseAmount,
  type SignedHead,
} from '@picostocks/protocol';
import { checkAmount, checkId, checkObject } from './argument.ts';
import type { CallOptions } from './call-options.ts';
import { LiabilityProofInvalidError, PicostocksError } from './errors.ts';
import { checkLiability, isNoLeaf, readPublishedLines } from './liability-proofs.ts';
import { readHead, type VerifiedHead } from './proofs.ts';
import type { PicostocksReader } from './reader.ts';

/** What is asked of the exchange. */
export type LiabilityReads = Pick<
  PicostocksReader,
  'getLiabilities' | 'getLiability' | 'getAssetsBalance' | 'getTime'
>;

/** What a user had, free and locked together, by asset; what is not in it is zero. */
export type Balances = ReadonlyMap<number, string>;

export interface LiabilityUser {
  readonly userId: number;
  /** By the user's own records, after an entry of the log; `undefined` where they do not say. */
  readonly balancesAt?:
    | ((sequence: number) => Balances | undefined | Promise<Balances | undefined>)
    | undefined;
  /** Is told what was verified. */
  readonly onChecked?: ((check: LiabilityCheck) => void) | undefined;
}

export interface LiabilityWatchOptions extends LiabilityUser {
  readonly reader: LiabilityReads;
  /** Verifies and compares the heads: a `HeadKeeper`. */
  readonly keeper: {
    takeHead(signed: SignedHead, options?: CallOptions): Promise<VerifiedHead>;
  };
}

export interface AssetCheck {
  readonly assetId: number;
  /** What is proved to be owed; zero where the user has no leaf. */
  readonly amount: string;
  /**
   * With what it agrees: the user's own records, or what the exchange says that he has. `differs`: the
   * exchange says something else now, which is right only if the balance has changed since the head.
   */
  readonly compared: 'records' | 'server' | 'differs';
}

export interface LiabilityCheck {
  readonly head: VerifiedHead;
  readonly userId: number;
  readonly assets: readonly AssetCheck[];
}

/** What is expected, and how firmly. */
interface Expected {
  readonly balances: Balances;
  readonly source: 'records' | 'server';
  /** Is it certain that this is what the user had at the head? */
  readonly isCertain: boolean;
}

const ZERO = '0.000000000000000000';

/**
 * Watches that an exchange goes on owing a user what he has.
 *
 * @example
 * const watch = new LiabilityWatch({ reader, keeper: new HeadKeeper({ reader }), userId: 19 });
 * await watch.check()
 * // { assets: [{ assetId: 2, amount: '0.5…', compared: 'server' }], head: { … }, userId: 19 }
 */
export class LiabilityWatch {
  readonly #options: LiabilityWatchOptions;
  readonly #userId: number;
  /** The head of the publication that was verified last. */
  #checked: VerifiedHead | undefined;

  constructor(options: LiabilityWatchOptions) {
    this.#options = checkObject(options, 'options');
    this.#userId = checkId(options.userId, 'userId');
  }

  /**
   * Verifies the newest publication; answers `undefined` if there is none that was not verified before.
   *
   * @throws LiabilityProofInvalidError if the user is not proved to be owed what he has.
   * @throws HistoryRewrittenError and UnprovenError for its head, as `HeadKeeper` does.
   */
  async check({ signal }: CallOptions = {}): Promise<LiabilityCheck | undefined> {
    const { reader, keeper, onChecked } = this.#options;
    const publication = await reader.getLiabilities({ signal }).catch((error: unknown) => {
      if (error instanceof PicostocksError && error.code === 'liabilities_not_found')
        return undefined;
      throw error;
    });
    if (publication === undefined) return undefined;
    const { text, signature } = publication;
    const head = readHead({ text, signature });
    if (text === this.#checked?.text) return undefined;
    await keeper.takeHead({ text, signature }, { signal });
    if (head.head.sequence <= (this.#checked?.head.sequence ?? 0)) return undefined;
    const lines = readPublishedLines(head.head, publication.lines);
    const expected = await this.#expect(head.head.sequence, signal);
    const assets: AssetCheck[] = [];
    for (const [assetId, amount] of expected.balances) {
      if (parseAmount(amount) === 0n) continue;
      assets.push(await this.#checkAsset({ head, lines, assetId, amount, expected, signal }));
    }
    this.#checked = head;
    const check = { head, userId: this.#userId, assets };
    onChecked?.(check);
    return check;
  }

  async #checkAsset(question: {
    readonly head: VerifiedHead;
    readonly lines: ReturnType<typeof readPublishedLines>;
    readonly assetId: number;
    readonly amount: string;
    readonly expected: Expected;
    readonly signal: AbortSignal | undefined;
  }): Promise<AssetCheck> {
    const { lines, assetId, expected, signal } = question;
    const { head } = question.head;
    const { source, isCertain } = expected;
    const userId = this.#userId;
    const amount = isCertain ? question.amount : undefined;
    const isListed = lines.some((line) => line.assetId === assetId);
    const place = { assetId, head: head.sequence, signal };
    const proof = isListed ? await this.#proof(place) : undefined;
    if (proof === undefined) {
      if (isCertain) throw new LiabilityProofInvalidError('missing', { userId, assetId });
      return { assetId, amount: ZERO, compared: 'differs' };
    }
    const checked = checkLiability({ head, lines, proof, userId, assetId, amount });
    const isEqual = parseAmount(checked.amount) === parseAmount(question.amount);
    return { assetId, amount: checked.amount, compared: isEqual ? source : 'differs' };
  }

  async #proof(question: {
    readonly assetId: number;
    readonly head: number;
    readonly signal: AbortSignal | undefined;
  }): Promise<LiabilityReply | undefined> {
    try {
      return await this.#options.reader.getLiability({ ...question, userId: this.#userId });
    } catch (error) {
      if (isNoLeaf(error)) return undefined;
      throw error;
    }
  }

  async #expect(sequence: number, signal: AbortSignal | undefined): Promise<Expected> {
    const { reader, balancesAt } = this.#options;
    const own = await balancesAt?.(sequence);
    if (own !== undefined) {
      const balances = new Map([...own].map(([id, text]) => [id, checkAmount(text, 'balancesAt')]));
      return { balances, source: 'records', isCertain: true };
    }
    const before = await reader.getTime({ signal });
    const rows = await reader.getAssetsBalance({ userId: this.#userId, signal });
    const after = await reader.getTime({ signal });
    const balances = new Map(
      rows.map(({ stock_id, free, locked }) => [stock_id, addAmounts(free, locked)]),
    );
    // Where nothing came after the head, this is what the user had there.
    const isCertain = before.sequence === sequence && after.sequence === sequence;
    return { balances, source: 'server', isCertain };
  }
}

function addAmounts(free: string, locked: string): string {
  const sum = (parseAmount(free) ?? 0n) + (parseAmount(locked) ?? 0n);
  return formatAmount(sum);
}
