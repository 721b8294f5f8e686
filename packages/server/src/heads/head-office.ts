// Decides which head is signed next: a plain one, or one with which liabilities are published. The trees
// of a publication take a while, in which the log grows; its head is about the entry at which the amounts
// were taken, so other heads wait for it: a head of fewer entries must not come after one of more.

import type { SignedHead } from '@picostocks/protocol';
import type { Historian } from '../history/historian.ts';
import type { LiabilityPublisher } from '../liabilities/liability-publisher.ts';
import { captureLiabilities } from '../liabilities/liability-records.ts';
import type { HeadSigner, HeadSubject } from './head-signer.ts';

export class HeadOffice {
  readonly #historian: Historian;
  readonly #signer: HeadSigner;
  readonly #publisher: LiabilityPublisher;
  readonly #warn: (message: string) => void;
  #underWay: Promise<SignedHead | undefined> | undefined;
  #isStopped = false;

  constructor(fields: {
    readonly historian: Historian;
    readonly signer: HeadSigner;
    readonly publisher: LiabilityPublisher;
    readonly warn: (message: string) => void;
  }) {
    this.#historian = fields.historian;
    this.#signer = fields.signer;
    this.#publisher = fields.publisher;
    this.#warn = fields.warn;
  }

  /** Signs a head, if none waits for its liabilities; answers the newest. */
  sign(): SignedHead | undefined {
    this.#historian.writeOut();
    const isFree = this.#underWay === undefined && !this.#isStopped && this.#historian.isWritten;
    return isFree ? this.#signer.sign(this.#historian.subject) : this.#signer.newest;
  }

  /** Signs a head with the liabilities at this entry, or the plain one where they were published. */
  publish(): Promise<SignedHead | undefined> {
    this.#underWay ??= this.#publish().finally(() => {
      this.#underWay = undefined;
    });
    return this.#underWay;
  }

  /** On demand everything that is durable is covered, whatever has come to this thread so far. */
  async signNow(): Promise<SignedHead | undefined> {
    await this.#catchUp();
    return this.sign();
  }

  /** As `signNow`, with liabilities. */
  async publishNow(): Promise<SignedHead | undefined> {
    await this.#catchUp();
    return this.publish();
  }

  /** The last head, at once: a publication that is not finished is given up. */
  stop(): void {
    this.#publisher.abandon();
    this.#underWay = undefined;
    this.#historian.catchUp();
    this.sign();
    this.#isStopped = true;
    this.#signer.close();
  }

  async #catchUp(): Promise<void> {
    await this.#underWay;
    if (!this.#isStopped) this.#historian.catchUp();
  }

  async #publish(): Promise<SignedHead | undefined> {
    this.#historian.writeOut();
    const { isWritten, state } = this.#historian;
    if (this.#isStopped || !isWritten || !this.#signer.canPublishAt(state.sequence)) {
      return this.sign();
    }
    const { exchange, sequence } = state;
    const subject = fixed(this.#historian.subject);
    const assets = captureLiabilities(state);
    const root = await this.#publisher
      .publish({ exchange, sequence, assets })
      .catch((error: unknown) => {
        const why = (error as Error).message;
        if (!this.#isStopped) this.#warn(`the liabilities could not be published: ${why}`);
        return undefined;
      });
    if (this.#isStopped) return this.#signer.newest;
    // Meanwhile rows of later entries were written; a head is not to wait for their commit, nor go with it.
    this.#historian.writeOut();
    return this.#signer.sign(subject, root);
  }
}

/** The subject as it is now, while the engine goes on. */
function fixed(subject: HeadSubject): HeadSubject {
  const { exchange, sequence, time, chainHash, treeRoot } = subject;
  const stateHash = subject.stateHash();
  return { exchange, sequence, time, chainHash, treeRoot, stateHash: () => stateHash };
}
