// The whole state as text, one fact a line, in an order that depends on the state alone. It is what
// the state hash is taken over and what two engines are compared by.

import { toHex } from '@picostocks/protocol';
import type { Order } from './order.ts';
import type { Asset, Market, State, User } from './state.ts';

export function describeState(state: State): string {
  return `${[...stateLines(state)].join('\n')}\n`;
}

/** The lines of the state, without line feeds; a state may be larger than the longest string. */
export function* stateLines(state: State): Generator<string> {
  const { settings } = state;
  yield `exchange ${state.exchange} ${state.rules} ${state.sandbox}`;
  yield `clock ${state.sequence} ${state.time}`;
  yield `next ${state.orderIdNext} ${state.tradeIdNext} ${state.depositIdNext} ${state.transferIdNext}`;
  if (state.nonceOffset > 0) yield `recovered ${state.nonceOffset}`;
  yield `settings ${settings.registrationOpen} ${settings.gift} ${settings.feeUserId ?? '-'}`;
  for (const asset of state.assets) yield assetLine(asset);
  for (const user of state.users) yield* userLines(user, state.assets);
  for (const market of state.markets) yield* marketLines(market);
  for (const output of state.depositsCredited) yield `deposit ${output}`;
}

function* userLines(user: User, assets: readonly Asset[]): Generator<string> {
  yield `user ${user.id}`;
  for (const [keyId, key] of user.keys.entries()) {
    yield `key ${user.id} ${keyId} ${toHex(key.publicKey)} ${key.nonceNext}`;
  }
  for (const asset of assets) {
    const account = user.accounts[asset.slot];
    if (account === undefined) continue;
    yield `balance ${user.id} ${asset.id} ${account.free} ${account.locked}`;
  }
}

function assetLine(asset: Asset): string {
  const { details } = asset;
  const { name, stockType, email, www, about, status } = details;
  return [
    'asset',
    asset.id,
    JSON.stringify([asset.code, name, stockType, email, www, about, status]),
    details.stockRank,
    details.quantity,
    details.docId,
    details.transactionId,
    details.ipoUserId,
    details.ipoMaxQuantity,
    details.ipoMinPrice,
    JSON.stringify(details.btcAddress),
    JSON.stringify(details.ethAddress),
    details.ethDecimals,
    details.minFee,
    details.perFee,
    asset.timeInit,
    asset.timeWait ?? '-',
    asset.timeChanged,
    asset.traded,
    asset.outside,
  ].join(' ');
}

function* marketLines(market: Market): Generator<string> {
  const { rules } = market;
  yield [
    'market',
    market.stock.id,
    market.unit.id,
    rules.status,
    rules.tick,
    rules.lot,
    rules.minQuantity,
    rules.maxQuantity,
    rules.minValue,
    rules.maxValue,
    rules.priceBandPpm,
    rules.maxOpenOrders,
    rules.selfTrade,
    market.makerPpm,
    market.takerPpm,
    rules.referencePrice,
    market.lastPrice,
    market.timeCreated,
    market.timeChanged,
  ].join(' ');
  for (const order of market.bids.orders()) yield orderLine(order);
  for (const order of market.asks.orders()) yield orderLine(order);
}

function orderLine(order: Order): string {
  const { id, side, user, price, remaining, quantity, makerPpm, timeChanged } = order;
  const amounts = `${price} ${remaining} ${quantity}`;
  return `order ${id} ${side} ${user.id} ${amounts} ${makerPpm} ${timeChanged}`;
}
