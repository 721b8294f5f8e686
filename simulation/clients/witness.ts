// A witness: the real `HeadKeeper` over the simulated network. It keeps heads, compares them with those of
// other witnesses, and verifies that what clients were told is in the log. It believes only what it can
// verify, and it must never accuse an honest exchange.

import type { Random } from '@picostocks/engine/testing';
import type {
  ConsistencyReply,
  EntryReply,
  HeadReply,
  InclusionReply,
  SignedHead,
} from '@picostocks/protocol';
import { readAnswer } from '../../packages/client/src/answer.ts';
import { HistoryRewrittenError, PicostocksError } from '../../packages/client/src/errors.ts';
import { HeadKeeper, type KeptHead } from '../../packages/client/src/head-keeper.ts';
import type { HttpRequest } from '../../packages/client/src/transport.ts';
import type { Auditor } from '../auditor/auditor.ts';
import type { Counts } from '../counts.ts';
import type { Lifetime, VirtualTime } from '../time/virtual-time.ts';
import type { Network } from '../world/network.ts';
import type { Deed } from './deed.ts';
import { NetworkTransport } from './network-transport.ts';

/** What may keep a witness from an answer, and says nothing against the exchange. */
const EXCUSES: readonly string[] = [
  'network',
  'timeout',
  'unavailable',
  'head_not_found',
  'not_covered_yet',
];

export interface WitnessParts {
  readonly exchange: string;
  readonly time: VirtualTime;
  readonly lifetime: Lifetime;
  readonly random: Random;
  readonly network: Network;
  readonly counts: Counts;
  readonly auditor: Auditor;
  /** What clients did and know the outcome of. */
  readonly deeds: readonly Deed[];
}

export class Witness {
  readonly #parts: WitnessParts;
  readonly #transport: NetworkTransport;
  /** Outlives the program that uses it. */
  #heads = new Map<string, KeptHead>();
  #keeper: HeadKeeper;
  #stopThinking: () => void = () => undefined;
  #isBusy = false;

  constructor(parts: WitnessParts) {
    this.#parts = parts;
    this.#transport = new NetworkTransport(parts);
    this.#keeper = this.#newKeeper();
  }

  /** Is it in the middle of a check? */
  get isBusy(): boolean {
    return this.#isBusy;
  }

  /** The newest head that it has verified. */
  get kept(): SignedHead | undefined {
    return this.#heads.get(this.#parts.exchange);
  }

  /** Checks at intervals until told to stop. */
  async act(everyMicros: number, others: readonly Witness[], goesOn: () => boolean): Promise<void> {
    const { time, lifetime, random } = this.#parts;
    while (goesOn()) {
      await time.sleep(1 + random.integer(2 * everyMicros), lifetime);
      if (goesOn()) await this.#actOnce(others);
    }
  }

  /** Asks for the newest head and takes it. */
  check(): Promise<void> {
    return this.#judge('heads taken', () => this.#keeper.checkHead());
  }

  #actOnce(others: readonly Witness[]): Promise<void> {
    const { random } = this.#parts;
    const act = random.weighted<() => Promise<void>>([
      [60, () => this.check()],
      [15, () => this.#compare(random.pickAny(others))],
      [20, () => this.#verify()],
      [5, () => this.#restart()],
    ]);
    return act();
  }

  /** Takes a head from another witness. */
  async #compare(other: Witness | undefined): Promise<void> {
    const head = other?.kept;
    if (head === undefined) return;
    await this.#judge('heads compared', () => this.#keeper.takeHead(head));
  }

  /** Verifies that what somebody did is in the log, where the exchange said. */
  async #verify(): Promise<void> {
    const deed = this.#parts.random.pickAny(this.#parts.deeds);
    const { outcome, signed } = deed ?? { signed: [] };
    if (outcome === undefined || outcome.kind === 'refused') return;
    const { sequence } = outcome;
    await this.#judge('commands proved', async () => {
      // A client that signed its deed anew does not know which of the bytes counted.
      for (const [index, { message, signature }] of signed.entries()) {
        try {
          await this.#keeper.verifyInclusion({ sequence, message, signature });
          return;
        } catch (error) {
          const isOther = error instanceof PicostocksError && error.code === 'log_not_public';
          if (!isOther || index === signed.length - 1) throw error;
        }
      }
    });
  }

  /** The program begins anew, with the heads that it kept or, a new witness, with none. */
  async #restart(): Promise<void> {
    if (this.#parts.random.chance(30)) this.#heads = new Map();
    this.#keeper = this.#newKeeper();
  }

  async #judge(what: string, act: () => Promise<unknown>): Promise<void> {
    const { counts, auditor } = this.#parts;
    this.#isBusy = true;
    this.#think();
    try {
      await act();
      counts.add(what);
    } catch (error) {
      if (!(error instanceof PicostocksError)) throw error;
      if (error instanceof HistoryRewrittenError)
        auditor.report('history_rewritten', error.message);
      else if (EXCUSES.includes(error.code)) counts.add(`witness ${error.code}`);
      else auditor.report('proof_wrong', `${error.code}: ${error.message}`);
    } finally {
      this.#stopThinking();
      this.#isBusy = false;
    }
  }

  #newKeeper(): HeadKeeper {
    const { exchange } = this.#parts;
    const reader: ConstructorParameters<typeof HeadKeeper>[0]['reader'] = {
      getHead: () => this.#get<HeadReply>('head/'),
      getConsistency: ({ from, to }) => this.#get<ConsistencyReply>(`consistency/${from}/${to}/`),
      getInclusion: ({ sequence, size }) =>
        this.#get<InclusionReply>(`inclusion/${sequence}/`, { size }),
      getEntry: ({ sequence, signature }) =>
        this.#get<EntryReply>(`entry/${sequence}/`, { signature }),
    };
    return new HeadKeeper({ reader, storage: this.#heads, exchange });
  }

  async #get<Reply>(path: string, query: HttpRequest['query'] = {}): Promise<Reply> {
    this.#stopThinking();
    try {
      const request = { method: 'GET', path: `audit/${path}`, query } as const;
      return readAnswer<Reply>(await this.#transport.request(request));
    } finally {
      this.#think();
    }
  }

  /** Signatures are verified by WebCrypto, which takes real time; virtual time waits for it. */
  #think(): void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#stopThinking = resolve;
    this.#parts.time.waitFor(promise);
  }
}
