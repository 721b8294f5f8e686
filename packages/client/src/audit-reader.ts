// The reads that prove what the exchange did: heads of its log, proofs, entries.

import type {
  ConsistencyReply,
  EntryReply,
  HeadReply,
  InclusionReply,
  LiabilitiesReply,
} from '@picostocks/protocol';
import { readAnswer } from './answer.ts';
import { checkId, checkObject, checkOptionalId } from './argument.ts';
import type { CallOptions } from './call-options.ts';
import type { HttpRequest, Requester } from './transport.ts';

export interface LimitParameters extends CallOptions {
  /** Rounded up to the nearest hundred; 100 by default, 300 at most. */
  readonly limit?: number | undefined;
}
export interface HeadsParameters extends LimitParameters {
  /** Heads of later entries only; default 0. */
  readonly after?: number | undefined;
}
export interface ConsistencyParameters extends CallOptions {
  /** Entries of the older log, from 1. */
  readonly from: number;
  /** Entries of the newer one. */
  readonly to: number;
}
export interface InclusionParameters extends CallOptions {
  readonly sequence: number;
  /** Entries of the log; default those that the newest head covers. */
  readonly size?: number | undefined;
}
export interface LiabilitiesParameters extends CallOptions {
  /** The last entry of the head that published them; default: of the newest that published any. */
  readonly head?: number | undefined;
}
export interface EntryParameters extends CallOptions {
  readonly sequence: number;
  /** The entry's own, in hexadecimal: shows it to you where the operator does not publish the log. */
  readonly signature?: string | undefined;
}

/** Heads and proofs of the log; `PicostocksReader` has all other reads too. */
export class AuditReader {
  readonly #requester: Requester;

  constructor(requester: Requester) {
    this.#requester = requester;
  }

  /**
   * The newest signed head of the log, as the exchange says it: `HeadKeeper` verifies it.
   *
   * @example
   * await client.getHead() // { text: 'HEAD:1:9f86…', signature: '…', sequence: 1207, … }
   */
  async getHead({ signal }: CallOptions = {}): Promise<HeadReply> {
    return this.read({ path: 'audit/head/', signal });
  }

  /**
   * The signed heads of the log, oldest first.
   *
   * @example
   * await client.getHeads({ after: 1000 }) // [{ text: 'HEAD:1:9f86…', sequence: 1207, … }]
   */
  async getHeads({ after, limit, signal }: HeadsParameters = {}): Promise<HeadReply[]> {
    const query = {
      after: checkOptionalId(after, 'after'),
      limit: checkOptionalId(limit, 'limit'),
    };
    return this.read({ path: 'audit/heads/', query, signal });
  }

  /**
   * The proof that a log of `to` entries begins with that of `from` entries.
   *
   * @example
   * await client.getConsistency({ from: 1000, to: 1207 }) // { from: 1000, to: 1207, proof: ['…'] }
   */
  async getConsistency(parameters: ConsistencyParameters): Promise<ConsistencyReply> {
    const { from, to, signal } = checkObject(parameters, 'parameters');
    const path = `audit/consistency/${checkId(from, 'from')}/${checkId(to, 'to')}/`;
    return this.read({ path, signal });
  }

  /**
   * The proof that an entry is in the log of a size.
   *
   * @example
   * await client.getInclusion({ sequence: 45 }) // { sequence: 45, size: 1207, proof: ['…'] }
   */
  async getInclusion(parameters: InclusionParameters): Promise<InclusionReply> {
    const { sequence, size, signal } = checkObject(parameters, 'parameters');
    const path = `audit/inclusion/${checkId(sequence, 'sequence')}/`;
    return this.read({ path, query: { size: checkOptionalId(size, 'size') }, signal });
  }

  /**
   * What all users had together, by asset, and the head with which it was published: `LiabilityWatch`
   * verifies it.
   *
   * @example
   * await client.getLiabilities() // { head: 1207, text: 'HEAD:1:9f86…', lines: ['2:3:…'], … }
   */
  async getLiabilities({ head, signal }: LiabilitiesParameters = {}): Promise<LiabilitiesReply> {
    const query = { head: checkOptionalId(head, 'head') };
    return this.read({ path: 'audit/liabilities/', query, signal });
  }

  /**
   * One entry of the log.
   *
   * @example
   * await client.getEntry({ sequence: 45 }) // { kind: 'order', message: 'BID:19:3:…', record: '…', … }
   */
  async getEntry(parameters: EntryParameters): Promise<EntryReply> {
    const { sequence, signature, signal } = checkObject(parameters, 'parameters');
    const path = `audit/entry/${checkId(sequence, 'sequence')}/`;
    return this.read({ path, query: { signature }, signal });
  }

  protected async read<Reply>(request: Omit<HttpRequest, 'method'>): Promise<Reply> {
    return readAnswer(await this.#requester.request({ method: 'GET', ...request }));
  }
}
