// Logs that begin with so much of something that they meet a limit of docs/protocol.md §7: chance
// alone would seldom bring a thousand orders into one book.

import {
  ADDRESSES_MAX,
  formatAmount,
  KEYS_MAX,
  ORDERS_PER_COMMAND_MAX,
  PENDING_WITHDRAWALS_MAX,
  type Side,
  type WireOperation,
  type Written,
} from '@picostocks/protocol';
import { FAKE_PROOF, fakeKeyHex } from './entry-maker.ts';
import type { NaiveOrder } from './naive-state.ts';
import type { Pair, RandomWorld, Wish } from './random-world.ts';

export const DEPTHS = ['timers', 'meetings', 'sweeps', 'batches', 'withdrawals', 'keys'] as const;
export type Depth = (typeof DEPTHS)[number];

const ONE = 10n ** 18n;
const SECOND = 1_000_000;
/** Worth enough in every scale of money, and so little that one can have thousands of it. */
const SMALL = 2_000_000n;
/** The market where it happens; the third asset is for withdrawals. */
const MARKET: Pair = { stockId: 1, unitId: 2 };
/** Whose order and switch wait longer than those of the others. */
const PATIENT = 3;
/** At so many prices does a stack stand. */
const LEVELS = 50n;
/** So many that with those of chance there are always more than may be. */
const MANY = 1_010;

/** One after the other: each is asked for when the one before was applied. */
export function deepWishes(world: RandomWorld, depth: Depth): (() => Wish)[] {
  return [...riches(), ...wishesOf(world, depth)];
}

function wishesOf(world: RandomWorld, depth: Depth): (() => Wish)[] {
  const in20Micros = () => world.time + 20 + world.random.integer(3);
  switch (depth) {
    case 'timers':
      return [
        ...stacks(world, { userId: 1, side: 'ask', count: MANY, goodUntil: in20Micros }),
        ...stacks(world, { userId: 2, side: 'bid', count: 300, goodUntil: in20Micros }),
        // Two switches and an order that are due at one time, not set in the order of their ids.
        ...[PATIENT, 1].map((userId) => (): Wish => {
          return { userId, type: 'cancel_after', params: { seconds: 10 } };
        }),
        ...stacks(world, {
          userId: PATIENT,
          side: 'ask',
          count: 1,
          apart: 3n * LEVELS,
          goodUntil: () => world.time + 10 * SECOND,
        }),
        // He has no orders: his sweep leaves its list even where no step is left.
        () => ({ userId: 0, type: 'freeze_user', params: { user_id: 4, reason: 'asked' } }),
      ];
    case 'meetings':
      return [
        ...stacks(world, { userId: 1, side: 'ask', count: 2 * MANY }),
        () => ({ userId: 2, type: 'place_order', params: taking('bid', MANY) }),
        ...[ORDERS_PER_COMMAND_MAX + 1, ORDERS_PER_COMMAND_MAX].map((count) => (): Wish => {
          const params = { ...taking('bid', count), time_in_force: 'fok' as const };
          return { userId: 2, type: 'place_order', params };
        }),
      ];
    case 'sweeps':
      return [
        ...stacks(world, { userId: 1, side: 'ask', count: 1_400 }),
        ...stacks(world, { userId: 2, side: 'ask', count: 700, apart: LEVELS }),
        () => ({ userId: 2, type: 'cancel_after', params: { seconds: 10 } }),
        () => ({ userId: 0, type: 'freeze_user', params: { user_id: 1, reason: 'asked' } }),
        () => ({ userId: 3, type: 'batch', params: { operations: takingAmongDead() } }),
        () => ({ userId: 0, type: 'freeze_user', params: { user_id: 2, reason: 'asked too' } }),
      ];
    case 'batches':
      return [
        ...stacks(world, { userId: 1, side: 'ask', count: 5 * MANY }),
        () => ({ userId: 2, type: 'batch', params: { operations: manyTakings() } }),
      ];
    case 'withdrawals':
      return [...withdrawals(), ...addresses()];
    case 'keys':
      return furtherKeys(world);
  }
}

function riches(): (() => Wish)[] {
  return [1, 2, 3].flatMap((user_id) =>
    [MARKET.stockId, MARKET.unitId].map((stock_id) => (): Wish => {
      const params = { user_id, stock_id, quantity: '1', txid: `riches:${user_id}` };
      return { userId: 0, type: 'credit_deposit', params };
    }),
  );
}

interface Stack {
  readonly userId: number;
  readonly side: Side;
  readonly count: number;
  /** How far from the middle its best price is. */
  readonly apart?: bigint;
  readonly goodUntil?: () => number;
}

/** Batches of small orders of one user on one side, at many prices. */
function stacks(
  world: RandomWorld,
  { userId, side, count, apart = 0n, goodUntil }: Stack,
): (() => Wish)[] {
  const batches: (() => Wish)[] = [];
  for (let left = count; left > 0; left -= 500) {
    batches.push(() => {
      const term =
        goodUntil === undefined ? {} : { time_in_force: 'gtt' as const, good_until: goodUntil() };
      const operations = Array.from({ length: Math.min(left, 500) }, () => {
        const steps = apart + world.random.amount(LEVELS);
        const price = formatAmount(side === 'ask' ? ONE + steps : ONE - steps - 1n);
        return place({ side, quantity: formatAmount(SMALL), price, ...term });
      });
      return { userId, type: 'batch', params: { operations } };
    });
  }
  return batches;
}

type PlaceOperation = Extract<Written<WireOperation>, { operation: 'place_order' }>;

function place(terms: Omit<PlaceOperation, 'operation' | 'stock_id' | 'unit_id'>): PlaceOperation {
  const { stockId: stock_id, unitId: unit_id } = MARKET;
  return { operation: 'place_order', stock_id, unit_id, ...terms };
}

/** An order for as many small ones, at any price that they have. */
function taking(side: Side, count: number) {
  const quantity = formatAmount(SMALL * BigInt(count));
  const price = formatAmount(side === 'bid' ? ONE + 2n * LEVELS : ONE - 2n * LEVELS);
  const { operation: _, ...params } = place({ side, quantity, price, time_in_force: 'ioc' });
  return params;
}

function manyTakings(): Written<WireOperation>[] {
  const takes = [MANY, 900, 1_000, 1_000, 990, 200, 5].map(
    (count): PlaceOperation => ({ operation: 'place_order', ...taking('bid', count) }),
  );
  return [...takes, { operation: 'cancel_orders' }];
}

/**
 * The sweep left 400 dead ones before 700 live ones. Whoever wants 680 meets too many; a post-only order
 * that could trade with dead ones alone rests, and they are gone.
 */
function takingAmongDead(): Written<WireOperation>[] {
  const price = formatAmount(ONE + LEVELS - 1n);
  const quantity = formatAmount(SMALL);
  return [
    { operation: 'place_order', ...taking('bid', 680), time_in_force: 'fok' },
    place({ side: 'bid', quantity, price, time_in_force: 'post_only' }),
    { operation: 'place_order', ...taking('bid', 300) },
  ];
}

function withdrawals(): (() => Wish)[] {
  const params = { stock_id: 1, quantity: formatAmount(1n), address: 'deep' };
  return Array.from({ length: PENDING_WITHDRAWALS_MAX + 1 }, () => (): Wish => {
    return { userId: 1, type: 'request_withdrawal', params };
  });
}

function addresses(): (() => Wish)[] {
  return Array.from({ length: ADDRESSES_MAX + 2 }, (_, index) => (): Wish => {
    // The last is known already: it becomes the newest, and is not one too many.
    const address = `deep${index > ADDRESSES_MAX ? 0 : index}`;
    return { userId: 0, type: 'register_address', params: { user_id: 1, stock_id: 1, address } };
  });
}

function furtherKeys(world: RandomWorld): (() => Wish)[] {
  const many = Array.from({ length: KEYS_MAX + 1 }, () => (): Wish => {
    const public_key = fakeKeyHex(world.newKeyNumber());
    return { userId: 1, type: 'add_key', params: { public_key, proof: FAKE_PROOF, scopes: [] } };
  });
  // A key that is revoked takes its switch with it.
  return [
    ...many,
    () => ({ userId: 2, keyId: 1, type: 'cancel_after', params: { seconds: 10 } }),
    () => ({ userId: 2, type: 'revoke_key', params: { revoked_key_id: 1 } }),
  ];
}

/** How long until the switches and the orders of a deep log are due. */
export const DEEP_PAUSE_MICROS = 11 * SECOND;

/** What then comes before all that is due could be done: it names a dead order, and meets dead ones. */
export function afterPause({ state }: RandomWorld): Wish {
  const last = state.orders.reduce<NaiveOrder | undefined>(laterToExpire, undefined);
  if (last === undefined) return { userId: 3, type: 'place_order', params: taking('bid', MANY) };
  const { userId, orderId: order_id, side } = last;
  const operations: Written<WireOperation>[] = [
    { operation: 'amend_order', order_id, quantity: formatAmount(SMALL - 1n) },
    { operation: 'place_order', ...taking(side === 'bid' ? 'ask' : 'bid', MANY) },
    { operation: 'cancel_order', order_id },
  ];
  return { userId, type: 'batch', params: { operations } };
}

function laterToExpire(last: NaiveOrder | undefined, order: NaiveOrder): NaiveOrder | undefined {
  if (order.goodUntil === undefined || order.userId === PATIENT) return last;
  return order.goodUntil >= (last?.goodUntil ?? 0) ? order : last;
}
