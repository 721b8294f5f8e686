// The state at any past entry, from the log: the newest good snapshot that is not after it, and the tail.
// Answers have the shapes of the API, so that whoever reads those reads these.

import {
  type Asset,
  findMarket,
  type Market,
  type RealEngine,
  type State,
  stateLines,
} from '@picostocks/engine';
import {
  type BalanceRow,
  type OrderBookReply,
  parseId,
  type Sequence,
  type TimeMicros,
} from '@picostocks/protocol';
import { balanceRows } from './http/account-views.ts';
import { orderBookRows } from './http/order-book-views.ts';
import { EVERYBODY } from './http/signed-reads.ts';
import type { Log } from './log/log.ts';
import { startEngine, type Warn } from './snapshot/start-engine.ts';

export interface Replay {
  readonly log: Log;
  /** Folder of snapshots; without one everything is replayed. */
  readonly snapshots?: string | undefined;
  readonly to: Sequence;
  readonly warn: Warn;
}

/** The exchange as it was right after one entry. */
export class Past {
  readonly #engine: RealEngine;

  private constructor(engine: RealEngine) {
    this.#engine = engine;
  }

  /**
   * Replays a log to an entry that it has.
   *
   * @throws ExchangeError `log_corrupt`
   */
  static replay({ log, snapshots = '', to, warn }: Replay): Past {
    const engine = startEngine({ log, snapshots, warn, notAfter: to });
    if (engine.state.sequence < to) {
      for (const entry of log.read(engine.state.sequence + 1)) {
        engine.apply(entry);
        if (entry.sequence === to) break;
      }
    }
    return new Past(engine);
  }

  get #state(): State {
    return this.#engine.state;
  }

  get exchange(): string {
    return this.#state.exchange;
  }

  get sequence(): Sequence {
    return this.#state.sequence;
  }

  get time(): TimeMicros {
    return this.#state.time;
  }

  /** Users, the operator not counted. */
  get users(): number {
    return Math.max(0, this.#state.users.length - 1);
  }

  stateHash(): string {
    return this.#engine.hash();
  }

  /** The lines of docs/protocol.md §6.12, without line feeds. */
  lines(): Generator<string> {
    return stateLines(this.#state);
  }

  /** What a user had, or `undefined` before he was registered. */
  balances(userId: number): BalanceRow[] | undefined {
    const user = this.#state.users[userId];
    return user === undefined ? undefined : balanceRows(this.#state, user);
  }

  /** A user's open orders in all markets, in the order in which those were listed. */
  orders(userId: number): OrderBookReply {
    return this.#book(this.#state.markets, userId);
  }

  /** Every open order of a market. */
  book(market: Market): OrderBookReply {
    return this.#book([market]);
  }

  /** A market by codes or ids, as eth/btc or 3/2. */
  market(name: string): Market | undefined {
    const [stock, unit, ...rest] = name.split('/').map((word) => this.#asset(word));
    if (stock === undefined || unit === undefined || rest.length > 0) return undefined;
    return findMarket(this.#state, { stockId: stock.id, unitId: unit.id });
  }

  codeOf(stockId: number): string {
    return this.#state.assetById.get(stockId)?.code.toUpperCase() ?? String(stockId);
  }

  #asset(word: string): Asset | undefined {
    const { assetById, assetByCode } = this.#state;
    const id = parseId(word);
    return id === undefined ? assetByCode.get(word.toLowerCase()) : assetById.get(id);
  }

  #book(markets: readonly Market[], userId?: number): OrderBookReply {
    const user = userId === undefined ? undefined : this.#state.users[userId];
    const limit = Number.POSITIVE_INFINITY;
    return {
      asks: orderBookRows(markets, { side: 'ask', user, limit, viewer: EVERYBODY }),
      bids: orderBookRows(markets, { side: 'bid', user, limit, viewer: EVERYBODY }),
    };
  }
}
