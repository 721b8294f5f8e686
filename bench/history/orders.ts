// The workload of the history's row: orders that rest, cancels, and pairs that meet, as order texts one by
// one or a thousand under one signature. Signatures are bytes of no key, since a follower trusts the log, but
// have no order, as real ones: the history's index over them must feel it.

import { createHash } from 'node:crypto';
import { EntryMaker } from '@picostocks/engine/testing';
import { formatAmount, ONE, type OrderVerb, type Proposal } from '@picostocks/protocol';

const [UNIT, STOCK] = [2, 3];
const USERS = 100;
const LEVELS = 1_000;
/** Orders of one user that stand before he cancels the oldest of them. */
const STANDING = 100;
export const BATCH_ORDERS = 1_000;

interface Order {
  readonly verb: OrderVerb;
  readonly userId: number;
  readonly quantity: bigint;
  readonly price: bigint;
}

/** Of ten orders four rest, four cancel the oldest of their user, one makes and one takes. */
export class Orders {
  readonly #maker = new EntryMaker({ time: Date.now() * 1_000 });
  readonly #standing: Order[][] = Array.from({ length: USERS + 1 }, () => []);
  readonly #offers: Order[] = [];
  #count = 0;
  #signatures = 0;

  /** Genesis, assets, a market and users with money. */
  *begin(): Generator<Proposal> {
    const maker = this.#maker;
    const operate = { userId: 0 } as const;
    yield maker.genesis();
    for (const [stock_id, code] of [
      [UNIT, 'btc'],
      [STOCK, 'eth'],
    ] as const) {
      yield maker.envelope({ ...operate, type: 'create_asset', params: { stock_id, code } });
    }
    const market = { stock_id: STOCK, unit_id: UNIT };
    yield maker.envelope({ ...operate, type: 'list_market', params: market });
    const settings = { registration_open: true, gift: '1000000' };
    yield maker.envelope({ ...operate, type: 'change_settings', params: settings });
    for (let userId = 1; userId <= USERS; userId += 1) yield maker.register(userId);
  }

  /** An order text. */
  single(): Proposal {
    const order = this.#next(1 + (this.#count % USERS));
    return this.#signed(this.#maker.order({ ...order, stockId: STOCK, unitId: UNIT }));
  }

  /** A thousand orders of one user in one envelope. */
  batch(): Proposal {
    const userId = 1 + (Math.floor(this.#count / BATCH_ORDERS) % USERS);
    const operations = Array.from({ length: BATCH_ORDERS }, () => operationOf(this.#next(userId)));
    const expires = Number.MAX_SAFE_INTEGER;
    const params = { operations };
    return this.#signed(this.#maker.envelope({ userId, type: 'batch', params }, { expires }));
  }

  #signed({ kind, key, message }: Proposal): Proposal {
    this.#signatures += 1;
    const signature = createHash('sha512').update(`${this.#signatures}`).digest();
    return { kind, key, message, signature };
  }

  #next(userId: number): Order {
    const place = this.#count % 10;
    this.#count += 1;
    const standing = this.#standing[userId] ?? [];
    if (place === 4) return this.#offer(userId);
    const [offer] = this.#offers;
    if (place === 5 && offer !== undefined && offer.userId !== userId) {
      this.#offers.shift();
      return { ...offer, verb: 'BID', userId };
    }
    const oldest = place > 5 && standing.length >= STANDING ? standing.shift() : undefined;
    if (oldest === undefined) return this.#stand(userId, standing);
    return { ...oldest, verb: oldest.verb === 'ASK' ? 'CANCELASK' : 'CANCELBID' };
  }

  #stand(userId: number, standing: Order[]): Order {
    const count = this.#count;
    const step = (BigInt(count % LEVELS) * ONE) / 100_000n;
    const isBid = count % 2 === 0;
    const price = isBid ? ONE / 2n - step : 2n * ONE + step;
    const quantity = ONE / 1_000n + BigInt(count);
    const order = { verb: isBid ? 'BID' : 'ASK', userId, quantity, price } as const;
    standing.push(order);
    return order;
  }

  /** Offers have one price, so that they are taken in the order in which they came. */
  #offer(userId: number): Order {
    const quantity = ONE / 10n + BigInt(this.#count);
    const offer = { verb: 'ASK', userId, quantity, price: ONE } as const;
    this.#offers.push(offer);
    return offer;
  }
}

function operationOf({ verb, quantity, price }: Order) {
  return {
    operation: verb.startsWith('CANCEL') ? ('cancel_at_price' as const) : ('place_order' as const),
    stock_id: STOCK,
    unit_id: UNIT,
    side: verb.endsWith('ASK') ? ('ask' as const) : ('bid' as const),
    quantity: formatAmount(quantity),
    price: formatAmount(price),
  };
}
