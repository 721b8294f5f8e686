// Keeps the last good head of an exchange and takes a newer one only with a proof that the log behind it
// continues the one before (docs/protocol.md §8). A log can be rewritten in secret only from
// somebody who kept nothing.

import {
  bytesEqual,
  encodeUtf8,
  fromHex,
  type SignedHead,
  verifyConsistency,
  ZERO_HASH,
} from '@picostocks/protocol';
import { checkId, checkObject } from './argument.ts';
import type { CallOptions } from './call-options.ts';
import {
  HistoryRewrittenError,
  InvalidArgumentError,
  PicostocksError,
  UnprovenError,
} from './errors.ts';
import { isSignedBy } from './key.ts';
import { type LiabilityReads, type LiabilityUser, LiabilityWatch } from './liability-watch.ts';
import {
  checkInclusion,
  readHash,
  readHead,
  readHeadKey,
  readProof,
  readRecord,
  type VerifiedHead,
} from './proofs.ts';
import type { PicostocksReader } from './reader.ts';

export type { VerifiedHead } from './proofs.ts';

/** What is remembered of an exchange. */
export interface KeptHead extends SignedHead {
  /** The public key of its heads, in hexadecimal, as its genesis named it. */
  readonly headKey: string;
}

/** Where heads are remembered, by the id of the exchange; the longer, the better. */
export interface HeadStorage {
  get(exchange: string): KeptHead | undefined | Promise<KeptHead | undefined>;
  set(exchange: string, kept: KeptHead): unknown;
}

export interface HeadKeeperOptions {
  readonly reader: Pick<
    PicostocksReader,
    'getHead' | 'getConsistency' | 'getInclusion' | 'getEntry'
  >;
  /** Default: in memory, for as long as this keeper lives. */
  readonly storage?: HeadStorage | undefined;
  /** The id of the exchange; default: that of the first head, which is then believed to be the right one. */
  readonly exchange?: string | undefined;
  /** Whose money `checkHead` verifies at every publication, by itself. */
  readonly user?: (LiabilityUser & { readonly reader: LiabilityReads }) | undefined;
}

export interface OwnCommand extends CallOptions {
  /** Its place in the log, from the answer to it. */
  readonly sequence: number;
  /** The exact text or bytes that were signed. */
  readonly message: string | Uint8Array;
  /** In hexadecimal. */
  readonly signature: string;
}

/**
 * Watches that an exchange does not rewrite its history.
 *
 * @example
 * const keeper = new HeadKeeper({ reader: client });
 * const { head } = await keeper.checkHead();
 * head.sequence // 1207
 */
export class HeadKeeper {
  readonly #reader: HeadKeeperOptions['reader'];
  readonly #storage: HeadStorage;
  readonly #watch: LiabilityWatch | undefined;
  #exchange: string | undefined;
  /** One head after the other: two at once could each replace what the other kept. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: HeadKeeperOptions) {
    const { reader, storage, exchange, user } = checkObject(options, 'options');
    this.#reader = checkObject(reader, 'reader');
    this.#storage = storage ?? new Map<string, KeptHead>();
    this.#exchange = exchange;
    this.#watch = user && new LiabilityWatch({ ...user, keeper: this });
  }

  /**
   * Asks for the newest head and takes it; answers the newest good one. With a user, it also verifies what
   * the exchange published last to owe him, unless it did so before.
   *
   * @throws HistoryRewrittenError if it does not continue the one that is kept.
   * @throws UnprovenError if it does not verify.
   * @throws LiabilityProofInvalidError if it does not owe the user what he has.
   */
  async checkHead({ signal }: CallOptions = {}): Promise<VerifiedHead> {
    const verified = await this.takeHead(await this.#reader.getHead({ signal }), { signal });
    await this.#watch?.check({ signal });
    return verified;
  }

  /**
   * Takes a head that came from anywhere, another witness for example; answers the newest good one.
   *
   * @throws HistoryRewrittenError and UnprovenError as `checkHead` does.
   */
  takeHead(signed: SignedHead, { signal }: CallOptions = {}): Promise<VerifiedHead> {
    const taken = this.#turn.then(() => this.#take(signed, signal));
    this.#turn = taken.catch(() => undefined);
    return taken;
  }

  /**
   * Verifies that the user's own command is in the log where the exchange said, under a good head.
   *
   * @throws UnprovenError if it is not, HistoryRewrittenError as `checkHead` does, and PicostocksError with
   * the code `not_covered_yet` if the exchange signs no head that covers it before it is asked again.
   */
  async verifyInclusion(command: OwnCommand): Promise<VerifiedHead> {
    const { sequence, message, signature, signal } = checkObject(command, 'command');
    checkId(sequence, 'sequence');
    const signed = typeof message === 'string' ? encodeUtf8(message) : message;
    const own = fromHex(signature);
    if (own === undefined) throw new InvalidArgumentError('signature', 'it is not hexadecimal');
    const verified = await this.#headCovering(sequence, signal);
    const { record } = await this.#reader.getEntry({ sequence, signature, signal });
    const { bytes, entry } = readRecord(record);
    const isOwn = bytesEqual(entry.message, signed) && bytesEqual(entry.signature, own);
    if (!isOwn || entry.sequence !== sequence) {
      throw new UnprovenError(`entry ${sequence} is another command`);
    }
    const { head } = verified;
    const { proof } = await this.#reader.getInclusion({ sequence, size: head.sequence, signal });
    checkInclusion({ record: bytes, sequence, head, proof });
    return verified;
  }

  async #headCovering(sequence: number, signal: AbortSignal | undefined): Promise<VerifiedHead> {
    const kept = this.#exchange === undefined ? undefined : await this.#kept(this.#exchange);
    if (kept !== undefined && kept.head.sequence >= sequence) return kept;
    const newest = await this.checkHead({ signal });
    if (newest.head.sequence >= sequence) return newest;
    throw new PicostocksError('No head covers this entry yet', {
      code: 'not_covered_yet',
      details: `the newest ends with entry ${newest.head.sequence}`,
    });
  }

  async #take(signed: SignedHead, signal: AbortSignal | undefined): Promise<VerifiedHead> {
    const offered = readHead(signed);
    const { exchange } = offered.head;
    if (this.#exchange !== undefined && this.#exchange !== exchange) {
      throw new UnprovenError(`this is a head of the exchange ${exchange}`);
    }
    const kept = await this.#kept(exchange);
    const headKey = kept?.headKey ?? (await this.#proveHeadKey(offered, signal));
    const message = encodeUtf8(offered.text);
    if (!(await isSignedBy({ publicKey: headKey, signature: offered.signature, message }))) {
      throw new UnprovenError("the signature is not that of the exchange's head key");
    }
    this.#exchange = exchange;
    const isNewer = kept === undefined || (await this.#isNewer(kept, offered, signal));
    if (!isNewer) return kept;
    const { text, signature } = offered;
    await this.#storage.set(exchange, { text, signature, headKey });
    return offered;
  }

  async #kept(exchange: string): Promise<(VerifiedHead & KeptHead) | undefined> {
    const kept = await this.#storage.get(exchange);
    return kept && { ...readHead(kept), headKey: kept.headKey };
  }

  /** The first head is believed together with the genesis that it covers. */
  async #proveHeadKey({ head }: VerifiedHead, signal: AbortSignal | undefined): Promise<string> {
    const { record } = await this.#reader.getEntry({ sequence: 1, signal });
    const { bytes, headKey } = await readHeadKey(record, head.exchange);
    const question = { sequence: 1, size: head.sequence, signal };
    const { proof } = await this.#reader.getInclusion(question);
    checkInclusion({ record: bytes, sequence: 1, head, proof });
    return headKey;
  }

  /** Is the head that is offered the newer of two heads of one log? */
  async #isNewer(
    kept: VerifiedHead,
    offered: VerifiedHead,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    const why =
      findContradiction(kept, offered) ??
      ((await this.#isContinued(kept, offered, signal))
        ? undefined
        : 'the log of one does not begin with that of the other');
    if (why === undefined) return isAfter(offered, kept);
    throw new HistoryRewrittenError({ kept: bare(kept), offered: bare(offered), why });
  }

  async #isContinued(
    kept: VerifiedHead,
    offered: VerifiedHead,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    const isNewer = isAfter(offered, kept);
    const [older, newer] = isNewer ? [kept.head, offered.head] : [offered.head, kept.head];
    const [from, to] = [older.sequence, newer.sequence];
    const proof =
      from === to ? [] : (await this.#reader.getConsistency({ from, to, signal })).proof;
    return verifyConsistency({
      from,
      to,
      fromRoot: readHash(older.treeRoot),
      toRoot: readHash(newer.treeRoot),
      proof: readProof(proof),
    });
  }
}

/** What two heads say that cannot both be true of one log. */
function findContradiction({ head: kept }: VerifiedHead, { head: offered }: VerifiedHead) {
  if (offered.sequence === kept.sequence) {
    const isSame = offered.chainHash === kept.chainHash && offered.stateHash === kept.stateHash;
    if (!isSame) return 'the same entries have other hashes';
    // A second head of an entry may add what is owed there, and not say it differently.
    const roots = new Set([kept.liabilitiesRoot, offered.liabilitiesRoot, ZERO_HASH]);
    return roots.size > 2 ? 'the same entries have other liabilities' : undefined;
  }
  // Whichever of the two is known first: the shorter must not have been signed later.
  const [shorter, longer] = offered.sequence < kept.sequence ? [offered, kept] : [kept, offered];
  return shorter.time > longer.time ? 'it became shorter' : undefined;
}

/** Is one the later of two heads of one log? Of the same entries, it is the one that was signed later. */
function isAfter({ head }: VerifiedHead, { head: other }: VerifiedHead): boolean {
  if (head.sequence !== other.sequence) return head.sequence > other.sequence;
  return head.time > other.time;
}

function bare({ text, signature }: SignedHead): SignedHead {
  return { text, signature };
}
