// The naive engine's state as text, line by line as docs/protocol.md §6.12 lists them. It sorts each
// book anew, since nothing is kept in order.

import {
  freeOf,
  hasHeld,
  isFinal,
  lockedOf,
  type NaiveAsset,
  type NaiveKey,
  type NaiveMarket,
  type NaiveOrder,
  type NaiveState,
  type NaiveUser,
} from './naive-state.ts';
import { bookSide } from './naive-trading.ts';
import { withdrawnOf } from './naive-withdrawals.ts';

const NOTHING = '-';

export function describeState(state: NaiveState): string {
  const { genesis } = state;
  const tiers = [...state.tiers].sort((left, right) => left.tier - right.tier);
  const lines = [
    `exchange ${genesis.exchange} ${genesis.rules} ${genesis.sandbox}`,
    `clock ${state.sequence} ${state.time}`,
    `next ${state.nextOrderId} ${state.nextTradeId} ${state.nextDepositId} ${state.nextTransferId} ${state.nextWithdrawalId}`,
    ...(state.leaped === 0 ? [] : [`recovered ${state.leaped}`]),
    `settings ${state.registrationOpen} ${state.gift} ${state.feeUserId ?? NOTHING} ${state.reads}`,
    ...tiers.map(
      ({ tier, makerDiscountPpm, takerDiscountPpm }) =>
        `tier ${tier} ${makerDiscountPpm} ${takerDiscountPpm}`,
    ),
    ...state.assets.map(describeAsset),
    ...state.users.flatMap((user) => describeUser(state, user)),
    ...state.markets.flatMap((market) => describeMarket(state, market)),
    ...state.sweeps.map(({ userId, reason }) => `sweep ${userId} ${reason}`),
    ...describeMoney(state),
  ];
  return `${lines.join('\n')}\n`;
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
    asset.deposit,
    asset.withdraw,
    asset.minDeposit,
    asset.minWithdrawal,
    asset.approvalAbove,
    asset.dailyWithdrawal,
    asset.timeInit,
    asset.timeWait ?? NOTHING,
    asset.timeChanged,
    asset.traded,
    asset.outside,
  ].join(' ');
}

function describeUser(state: NaiveState, user: NaiveUser): string[] {
  const { userId, tier, deadBefore, frozen } = user;
  const reason = JSON.stringify(frozen?.reason ?? null);
  const keys = state.keys
    .filter((key) => key.userId === userId)
    .sort((left, right) => left.keyId - right.keyId);
  const former = state.formerKeys.filter((key) => key.userId === userId);
  const holdings = state.assets.map(({ stockId }) => ({ userId, stockId }));
  return [
    `user ${userId} ${tier} ${deadBefore} ${reason} ${frozen?.since ?? NOTHING}`,
    ...keys.map(describeKey),
    ...former.map(({ publicKey }) => `former ${userId} ${publicKey}`),
    ...holdings
      .filter((holding) => hasHeld(state, holding))
      .map(
        (holding) =>
          `balance ${userId} ${holding.stockId} ${freeOf(state, holding)} ${lockedOf(state, holding)}`,
      ),
    ...holdings.flatMap((holding) => {
      const withdrawn = withdrawnOf(state, holding);
      if (withdrawn === undefined) return [];
      return [`withdrawn ${userId} ${holding.stockId} ${withdrawn.day} ${withdrawn.quantity}`];
    }),
    ...holdings.flatMap(({ stockId }) =>
      state.limits
        .filter((limit) => limit.userId === userId && limit.stockId === stockId)
        .map(({ quantity }) => `limit ${userId} ${stockId} ${quantity}`),
    ),
  ];
}

function describeKey(key: NaiveKey): string {
  const { userId, keyId, publicKey, nonce, revoked } = key;
  const scopes = key.keyId === 0 ? 'all' : key.scopes.join(',') || NOTHING;
  const { seconds, due, spared } = key.switch ?? { seconds: NOTHING, due: NOTHING, spared: false };
  return `key ${userId} ${keyId} ${publicKey} ${nonce} ${revoked} ${scopes} ${seconds} ${due} ${spared}`;
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
    JSON.stringify(market.haltReason),
    market.bookSequence,
    market.timeCreated,
    market.timeChanged,
  ].join(' ');
  const orders = [...bookSide(state, market, 'bid'), ...bookSide(state, market, 'ask')];
  return [line, ...orders.map(describeOrder)];
}

function describeOrder(order: NaiveOrder): string {
  const { clientOrderId } = order;
  return [
    'order',
    order.orderId,
    order.side,
    order.userId,
    order.price,
    order.remaining,
    order.filled + order.remaining,
    order.makerPpm,
    order.place,
    clientOrderId === undefined ? NOTHING : JSON.stringify(clientOrderId),
    order.timeInForce,
    order.goodUntil ?? NOTHING,
    order.value,
    order.fee,
    order.timePlaced,
    order.timeTraded ?? NOTHING,
    order.timeChanged,
  ].join(' ');
}

/** What crosses the border: deposits, withdrawals, addresses. */
function describeMoney(state: NaiveState): string[] {
  const deposits = state.deposits.filter(({ status }) => !isFinal(status));
  const withdrawals = state.withdrawals.filter(({ status }) => !isFinal(status));
  return [
    ...state.txids.map(
      ({ stockId, txid, output }) => `deposit ${stockId} ${JSON.stringify(txid)} ${output}`,
    ),
    ...deposits.map((deposit) => {
      const { depositId, userId, stockId, quantity, status, output } = deposit;
      const { address, memo, txid, reason, timeCreated, timeChanged } = deposit;
      const texts = JSON.stringify([address, memo, txid, reason]);
      const fixed = `${depositId} ${userId} ${stockId} ${quantity} ${status} ${output}`;
      return `incoming ${fixed} ${texts} ${timeCreated} ${timeChanged}`;
    }),
    ...withdrawals.map((withdrawal) => {
      const { withdrawalId, userId, stockId, quantity, fee, status, claimedBy } = withdrawal;
      const { address, memo, txid, reason, timeCreated, timeChanged } = withdrawal;
      const texts = JSON.stringify([address, memo, txid, reason]);
      const fixed = `${withdrawalId} ${userId} ${stockId} ${quantity} ${fee} ${status}`;
      return `withdrawal ${fixed} ${claimedBy ?? NOTHING} ${texts} ${timeCreated} ${timeChanged}`;
    }),
    ...state.wanted.map(({ userId, stockId }) => `wanted ${userId} ${stockId}`),
    ...state.addresses.map(
      ({ stockId, userId, address, memo }) =>
        `address ${stockId} ${userId} ${JSON.stringify([address, memo])}`,
    ),
  ];
}
