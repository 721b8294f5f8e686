// The naive engine's state as text: sorts each book anew, since nothing is kept in order.

import {
  freeOf,
  hasHeld,
  lockedOf,
  type NaiveAsset,
  type NaiveMarket,
  type NaiveOrder,
  type NaiveState,
  userIds,
} from './naive-state.ts';

export function describeState(state: NaiveState): string {
  const { genesis } = state;
  const lines = [
    `exchange ${genesis.exchange} ${genesis.rules} ${genesis.sandbox}`,
    `clock ${state.sequence} ${state.time}`,
    `next ${state.nextOrderId} ${state.nextTradeId} ${state.nextDepositId} ${state.nextTransferId}`,
    ...(state.leaped === 0 ? [] : [`recovered ${state.leaped}`]),
    `settings ${state.registrationOpen} ${state.gift} ${state.feeUserId ?? '-'}`,
    ...state.assets.map(describeAsset),
    ...userIds(state).flatMap((userId) => describeUser(state, userId)),
    ...state.markets.flatMap((market) => describeMarket(state, market)),
    ...state.deposits.map(
      ({ stockId, txid, output }) => `deposit ${stockId} ${JSON.stringify(txid)} ${output}`,
    ),
  ];
  return `${lines.join('\n')}\n`;
}

function describeUser(state: NaiveState, userId: number): string[] {
  const keys = state.keys
    .filter((key) => key.userId === userId)
    .sort((left, right) => left.keyId - right.keyId);
  const held = state.assets
    .map(({ stockId }) => ({ userId, stockId }))
    .filter((holding) => hasHeld(state, holding));
  return [
    `user ${userId}`,
    ...keys.map((key) => `key ${userId} ${key.keyId} ${key.publicKey} ${key.nonce}`),
    ...held.map(
      (holding) =>
        `balance ${userId} ${holding.stockId} ${freeOf(state, holding)} ${lockedOf(state, holding)}`,
    ),
  ];
}

function describeAsset(asset: NaiveAsset): string {
  const { code, name, stockType, email, www, about, status } = asset;
  return [
    'asset',
    asset.stockId,
    JSON.stringify([code, name, stockType, email, www, about, status]),
    asset.stockRank,
    asset.quantity,
    asset.docId,
    asset.transactionId,
    asset.ipoUserId,
    asset.ipoMaxQuantity,
    asset.ipoMinPrice,
    JSON.stringify(asset.btcAddress),
    JSON.stringify(asset.ethAddress),
    asset.ethDecimals,
    asset.minFee,
    asset.perFee,
    asset.timeInit,
    asset.timeWait ?? '-',
    asset.timeChanged,
    asset.traded,
    asset.outside,
  ].join(' ');
}

function describeMarket(state: NaiveState, market: NaiveMarket): string[] {
  const line = [
    'market',
    market.stockId,
    market.unitId,
    market.status,
    market.tick,
    market.lot,
    market.minQuantity,
    market.maxQuantity,
    market.minValue,
    market.maxValue,
    market.priceBandPpm,
    market.maxOpenOrders,
    market.selfTrade,
    market.makerPpm,
    market.takerPpm,
    market.referencePrice,
    market.lastPrice,
    market.timeCreated,
    market.timeChanged,
  ].join(' ');
  return [line, ...bookOf(state, market).map(describeOrder)];
}

/** The open orders of a market: bids, then asks, each best price first, then oldest first. */
export function bookOf(
  state: NaiveState,
  { stockId, unitId }: { readonly stockId: number; readonly unitId: number },
): NaiveOrder[] {
  const open = state.orders.filter(
    (order) => order.stockId === stockId && order.unitId === unitId && order.remaining > 0n,
  );
  const byAge = (left: NaiveOrder, right: NaiveOrder) => left.orderId - right.orderId;
  const bids = open.filter((order) => order.side === 'bid').sort(byAge);
  const asks = open.filter((order) => order.side === 'ask').sort(byAge);
  return [
    ...bids.sort(
      (left, right) => Number(left.price < right.price) - Number(left.price > right.price),
    ),
    ...asks.sort(
      (left, right) => Number(left.price > right.price) - Number(left.price < right.price),
    ),
  ];
}

function describeOrder(order: NaiveOrder): string {
  const { orderId, side, userId, price, remaining, quantity, makerPpm, timeChanged } = order;
  const amounts = `${price} ${remaining} ${quantity}`;
  return `order ${orderId} ${side} ${userId} ${amounts} ${makerPpm} ${timeChanged}`;
}
