// The whole state as text, one fact a line, in an order that depends on the state alone (docs/protocol.md
// §6.12). It is what the state hash is taken over and what two engines are compared by.

import { toHex } from '@picostocks/protocol';
import type { Key } from './key.ts';
import type { Order } from './order.ts';
import type { Asset, Deposit, Market, State, User, Withdrawal } from './state.ts';

export function describeState(state: State): string {
  return `${[...stateLines(state)].join('\n')}\n`;
}

/** The lines of the state, without line feeds; a state may be larger than the longest string. */
export function* stateLines(state: State): Generator<string> {
  yield* headLines(state);
  for (const asset of state.assets) yield assetLine(asset);
  for (const user of state.users) yield* userLines(user, state.assets);
  for (const market of state.markets) yield* marketLines(market);
  for (const [user, reason] of state.sweeps) yield `sweep ${user.id} ${reason}`;
  for (const output of state.depositsKnown) yield `deposit ${output}`;
  for (const deposit of state.deposits.values()) yield depositLine(deposit);
  for (const withdrawal of state.withdrawals.values()) yield withdrawalLine(withdrawal);
  for (const { user, asset } of state.addressesWanted.values())
    yield `wanted ${user.id} ${asset.id}`;
  for (const { asset, user, address, memo } of state.addresses.values()) {
    yield `address ${asset.id} ${user.id} ${JSON.stringify([address, memo])}`;
  }
}

function* headLines(state: State): Generator<string> {
  const { registrationOpen, gift, feeUserId, reads } = state.settings;
  yield `exchange ${state.exchange} ${state.rules} ${state.sandbox}`;
  yield `clock ${state.sequence} ${state.time}`;
  yield [
    'next',
    state.orderIdNext,
    state.tradeIdNext,
    state.depositIdNext,
    state.transferIdNext,
    state.withdrawalIdNext,
  ].join(' ');
  if (state.nonceOffset > 0) yield `recovered ${state.nonceOffset}`;
  yield `settings ${registrationOpen} ${gift} ${feeUserId ?? '-'} ${reads}`;
  for (const [number, tier] of state.feeTiers.entries()) {
    if (tier === undefined) continue;
    yield `tier ${number} ${tier.makerDiscountPpm} ${tier.takerDiscountPpm}`;
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
    details.deposit,
    details.withdraw,
    details.minDeposit,
    details.minWithdrawal,
    details.approvalAbove,
    details.dailyWithdrawal,
    asset.timeInit,
    asset.timeWait ?? '-',
    asset.timeChanged,
    asset.traded,
    asset.outside,
  ].join(' ');
}

function* userLines(user: User, assets: readonly Asset[]): Generator<string> {
  const { id, feeTier, deadBefore, frozen } = user;
  const since = frozen?.since ?? '-';
  yield `user ${id} ${feeTier} ${deadBefore} ${JSON.stringify(frozen?.reason ?? null)} ${since}`;
  for (const key of user.keys) yield keyLine(user, key);
  for (const key of user.formerKeys) yield `former ${id} ${toHex(key)}`;
  for (const { slot, id: stockId } of assets) {
    const account = user.accounts[slot];
    if (account !== undefined) yield `balance ${id} ${stockId} ${account.free} ${account.locked}`;
  }
  for (const { slot, id: stockId } of assets) {
    const withdrawn = user.withdrawn[slot];
    if (withdrawn === undefined) continue;
    yield `withdrawn ${id} ${stockId} ${withdrawn.day} ${withdrawn.quantity}`;
  }
  for (const { slot, id: stockId } of assets) {
    const limit = user.dailyLimits[slot];
    if (limit !== undefined) yield `limit ${id} ${stockId} ${limit}`;
  }
}

function keyLine(user: User, key: Key): string {
  const { seconds, timer, isSpared } = key.switch ?? {};
  return [
    'key',
    user.id,
    key.id,
    toHex(key.publicKey),
    key.nonceNext,
    key.isRevoked,
    key.scopes.length === 0 ? '-' : key.scopes.join(','),
    seconds ?? '-',
    timer?.due ?? '-',
    isSpared ?? false,
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
    JSON.stringify(market.haltReason),
    market.bookSequence,
    market.timeCreated,
    market.timeChanged,
  ].join(' ');
  for (const order of market.bids.orders()) yield orderLine(order);
  for (const order of market.asks.orders()) yield orderLine(order);
}

function orderLine(order: Order): string {
  const { clientOrderId } = order;
  return [
    'order',
    order.id,
    order.side,
    order.user.id,
    order.price,
    order.remaining,
    order.quantity,
    order.makerPpm,
    order.place,
    clientOrderId === undefined ? '-' : JSON.stringify(clientOrderId),
    order.timeInForce,
    order.goodUntil ?? '-',
    order.value,
    order.fee,
    order.timePlaced,
    order.timeLastTrade ?? '-',
    order.timeChanged,
  ].join(' ');
}

function depositLine(deposit: Deposit): string {
  const { address, memo, txid, reason } = deposit;
  return [
    'incoming',
    deposit.id,
    deposit.user.id,
    deposit.asset.id,
    deposit.quantity,
    deposit.status,
    deposit.output,
    JSON.stringify([address, memo, txid, reason]),
    deposit.timeCreated,
    deposit.timeChanged,
  ].join(' ');
}

function withdrawalLine(withdrawal: Withdrawal): string {
  const { address, memo, txid, reason } = withdrawal;
  return [
    'withdrawal',
    withdrawal.id,
    withdrawal.user.id,
    withdrawal.asset.id,
    withdrawal.quantity,
    withdrawal.fee,
    withdrawal.status,
    withdrawal.claimedBy ?? '-',
    JSON.stringify([address, memo, txid, reason]),
    withdrawal.timeCreated,
    withdrawal.timeChanged,
  ].join(' ');
}
