// Random operations on orders, alone and in batches: those that succeed, and each way to fail.

import {
  formatAmount,
  MESSAGE_BYTES_MAX,
  type OperationType,
  type Side,
  type WireOperation,
  type Written,
} from '@picostocks/protocol';
import type { NaiveOrder } from './naive-state.ts';
import { below56, type RandomWorld, type Wish } from './random-world.ts';

type OperationWish = Extract<Wish, { readonly type: OperationType }>;
type PlaceParams = Extract<Wish, { readonly type: 'place_order' }>['params'];

const ONE = 10n ** 18n;
const SECOND = 1_000_000;
const CLIENT_ORDER_IDS = ['a', 'b', 'c', 'd', '-', 'x:1', 'Y_2.z'] as const;

/** Of an amend: is there a new quantity, is there a new price? */
const CHANGES: readonly [readonly [boolean, boolean], ...(readonly [boolean, boolean])[]] = [
  [true, false],
  [false, true],
  [true, true],
];

const sides: readonly [Side, Side] = ['bid', 'ask'];

/** By the given user, if one is given; alone everybody acts, and mostly on what is his. */
export function anyOperation(world: RandomWorld, by?: number): OperationWish {
  return world.random.weighted<() => OperationWish>([
    [60, () => placeOrder(world, by)],
    [12, () => amendOrder(world, by)],
    [10, () => cancelOrder(world, by)],
    [8, () => cancelAtPrice(world, by)],
    [world.isWide ? 1 : 2, () => cancelOrders(world, by)],
  ])();
}

export function placeOrder(world: RandomWorld, by?: number): OperationWish {
  const { random } = world;
  const userId = by ?? world.anyUser();
  const { stockId: stock_id, unitId: unit_id } = world.anyPair();
  const side = random.pick(sides);
  const price = world.price();
  const quantity = quantityFor(world, { userId, stock_id, unit_id, side, price });
  const terms = random.weighted<() => Partial<PlaceParams>>([
    [55, () => ({ price: formatAmount(price) })],
    [12, () => ({ price: formatAmount(price), time_in_force: 'gtt', good_until: soon(world) })],
    [8, () => ({ price: formatAmount(price), time_in_force: 'ioc' })],
    [8, () => ({ price: formatAmount(price), time_in_force: 'fok' })],
    [8, () => ({ price: formatAmount(price), time_in_force: 'post_only' })],
    [5, () => ({ type: 'market', price: formatAmount(price) })],
    [6, () => ({ type: 'market', ...(random.chance(60) && { time_in_force: 'fok' }) })],
  ])();
  const named = random.chance(25) && { client_order_id: random.pick(CLIENT_ORDER_IDS) };
  const amounts = { quantity: formatAmount(quantity) };
  const params = { stock_id, unit_id, side, ...amounts, ...terms, ...named } as PlaceParams;
  return { userId, type: 'place_order', params };
}

interface Wanted {
  readonly userId: number;
  readonly stock_id: number;
  readonly unit_id: number;
  readonly side: Side;
  readonly price: bigint;
}

/** Any quantity; all that the user has, or an atom more; all that stands on the other side. */
function quantityFor(world: RandomWorld, wanted: Wanted): bigint {
  const { userId, stock_id, unit_id, side, price } = wanted;
  return world.random.weighted<() => bigint>([
    [90, () => world.quantity()],
    [
      4,
      () => {
        const free = world.free({ userId, stockId: side === 'ask' ? stock_id : unit_id });
        const most = side === 'ask' ? free : (free * ONE) / (price || 1n);
        return below56(most + BigInt(world.random.integer(2)));
      },
    ],
    [
      6,
      () => {
        const others = world.state.orders.filter(
          (order) =>
            order.stockId === stock_id &&
            order.unitId === unit_id &&
            order.side !== side &&
            (side === 'bid' ? order.price <= price : order.price >= price),
        );
        const sum = others.reduce((total, { remaining }) => total + remaining, 0n);
        return below56(sum + BigInt(world.random.integer(2)));
      },
    ],
  ])();
}

function soon(world: RandomWorld): number {
  const { random, time } = world;
  return time + random.pick([-1, 0, 1, 2, 5, 20, 60, SECOND, 20 * SECOND, 3_600 * SECOND]);
}

function anyOrder({ random, state }: RandomWorld, by?: number): NaiveOrder | undefined {
  const own = state.orders.filter(({ userId }) => userId === by);
  return random.pickAny(by === undefined || random.chance(3) ? state.orders : own);
}

function ownerOf(world: RandomWorld, order: NaiveOrder | undefined): number {
  return order === undefined ? world.anyUser() : world.mostly(order.userId);
}

/** By one of the two names; now and then by one that nobody has. */
function nameOf(world: RandomWorld, order: NaiveOrder | undefined) {
  const { random } = world;
  if (order === undefined || random.chance(5)) {
    const client_order_id = random.pick(CLIENT_ORDER_IDS);
    return random.chance(50) ? { client_order_id } : { order_id: random.integer(900) };
  }
  const { orderId: order_id, clientOrderId } = order;
  if (clientOrderId === undefined || random.chance(50)) return { order_id };
  return { client_order_id: clientOrderId };
}

function amendOrder(world: RandomWorld, by?: number): OperationWish {
  const { random } = world;
  const order = anyOrder(world, by);
  const userId = by ?? ownerOf(world, order);
  const [filled, remaining] = [order?.filled ?? 0n, order?.remaining ?? 1n];
  const quantity = random.weighted([
    [30, filled + 1n + random.amount(remaining)],
    [10, filled + remaining],
    [30, filled + remaining + world.scale.quantity(random)],
    [10, filled],
    [5, 0n],
    [5, world.quantity()],
  ]);
  const price = random.weighted([
    [50, order?.price ?? 0n],
    [45, world.price()],
    [5, 0n],
  ]);
  const changed = random.pick(CHANGES);
  const params = {
    ...nameOf(world, order),
    ...(changed[0] && { quantity: formatAmount(below56(quantity)) }),
    ...(changed[1] && { price: formatAmount(price) }),
  };
  return { userId, type: 'amend_order', params };
}

function cancelOrder(world: RandomWorld, by?: number): OperationWish {
  const order = anyOrder(world, by);
  const userId = by ?? ownerOf(world, order);
  return { userId, type: 'cancel_order', params: nameOf(world, order) };
}

export function cancelAtPrice(world: RandomWorld, by?: number): OperationWish {
  const { random } = world;
  const order = anyOrder(world, by);
  if (order === undefined || random.chance(8)) {
    const { stockId: stock_id, unitId: unit_id } = world.anyPair();
    const amounts = {
      quantity: formatAmount(world.quantity()),
      price: formatAmount(world.price()),
    };
    const params = { stock_id, unit_id, side: random.pick(sides), ...amounts };
    return { userId: by ?? world.anyUser(), type: 'cancel_at_price', params };
  }
  const { stockId: stock_id, unitId: unit_id, side, price, remaining } = order;
  const quantity = random.weighted([
    [50, remaining],
    [15, random.amount(remaining) + 1n],
    [15, world.scale.quantity(random)],
    [15, remaining * 2n],
    [5, 0n],
  ]);
  const amounts = { quantity: formatAmount(below56(quantity)), price: formatAmount(price) };
  const params = { stock_id, unit_id, side, ...amounts };
  return { userId: by ?? order.userId, type: 'cancel_at_price', params };
}

function cancelOrders(world: RandomWorld, by?: number): OperationWish {
  const { random } = world;
  const { stockId: stock_id, unitId: unit_id } = world.anyPair();
  const params = {
    ...(random.chance(70) && { stock_id, unit_id }),
    ...(random.chance(70) && { side: random.pick(sides) }),
  };
  return { userId: by ?? world.anyUser(), type: 'cancel_orders', params };
}

/** Operations of one user. */
export function batch(world: RandomWorld): Wish {
  const { random } = world;
  const userId = world.anyUser();
  const size = random.weighted<() => number>([
    [120, () => 1 + random.integer(5)],
    [75, () => 6 + random.integer(40)],
    [4, () => 100 + random.integer(200)],
    [1, () => 1_000],
  ])();
  const operations: Written<WireOperation>[] = [];
  // What is left is for the last operation and for what stands around them all.
  let bytes = 0;
  while (operations.length < size && bytes < MESSAGE_BYTES_MAX - 2_000) {
    const { type, params } = anyOperation(world, userId);
    const operation = { operation: type, ...params } as Written<WireOperation>;
    operations.push(operation);
    bytes += JSON.stringify(operation).length + 1;
  }
  return { userId, type: 'batch', params: { operations } };
}

export function cancelAfter(world: RandomWorld): Wish {
  const { random } = world;
  const seconds = random.pick([0, 10, 10, 11, 20, 45, 86_400]);
  return { userId: world.anyUser(), type: 'cancel_after', params: { seconds } };
}
