// From the engine's state to the wire: what a user has, may do, and has open.

import {
  type Asset,
  type Key,
  makerPpmOf,
  type Order,
  type State,
  takerPpmOf,
  type User,
} from '@picostocks/engine';
import {
  type AddressReply,
  type BalanceRow,
  type FeesReply,
  formatAmount,
  type KeyRow,
  type OrderRow,
  type StatusReply,
  toHex,
} from '@picostocks/protocol';
import { openStatus } from '../command-result.ts';
import { toMillis } from './times.ts';

/** Every asset that the user ever held, by id. */
export function balanceRows(state: State, user: User): BalanceRow[] {
  const rows: BalanceRow[] = [];
  for (const asset of state.assets) {
    const account = user.accounts[asset.slot];
    if (account === undefined) continue;
    const locked = formatAmount(account.locked);
    rows.push({ stock_id: asset.id, locked, free: formatAmount(account.free) });
  }
  return rows.sort((left, right) => left.stock_id - right.stock_id);
}

export function statusReply(user: User): StatusReply {
  const { frozen } = user;
  return {
    user_id: user.id,
    frozen: frozen !== undefined,
    reason: frozen?.reason ?? null,
    since: frozen === undefined ? null : toMillis(frozen.since),
    fee_tier: user.feeTier,
  };
}

export function keyRow(key: Key): KeyRow {
  return {
    key_id: key.id,
    public_key: toHex(key.publicKey),
    scopes: [...key.scopes],
    nonce: key.nonceNext,
    revoked: key.isRevoked,
    cancel_after:
      key.switch === undefined
        ? null
        : { seconds: key.switch.seconds, due: toMillis(key.switch.timer.due) },
  };
}

export function feesReply(state: State, user: User): FeesReply {
  return {
    fee_tier: user.feeTier,
    markets: state.markets.map((market) => ({
      stock_id: market.stock.id,
      unit_id: market.unit.id,
      maker_ppm: makerPpmOf(state, user, market),
      taker_ppm: takerPpmOf(state, user, market),
    })),
  };
}

export function addressReply(state: State, { user, asset }: { user: User; asset: Asset }) {
  const own = (user.addresses[asset.slot] ?? []).toReversed();
  const rows = own.map(({ address, memo }) => ({ address, memo }));
  const reply: AddressReply = {
    stock_id: asset.id,
    address: rows[0]?.address ?? null,
    memo: rows[0]?.memo ?? null,
    wanted: state.addressesWanted.has(`${user.id} ${asset.id}`),
    addresses: rows,
  };
  return reply;
}

export function openOrderRow(order: Order): OrderRow {
  const { stock, unit } = order.market;
  return {
    order_id: order.id,
    client_order_id: order.clientOrderId ?? null,
    stock_id: stock.id,
    unit_id: unit.id,
    side: order.side,
    type: order.type,
    time_in_force: order.timeInForce,
    good_until: order.goodUntil ?? null,
    price: formatAmount(order.price),
    quantity: formatAmount(order.quantity),
    filled: formatAmount(order.filled),
    remaining: formatAmount(order.remaining),
    cancelled: formatAmount(0n),
    value: formatAmount(order.value),
    fee: formatAmount(order.fee),
    fee_stock_id: order.side === 'bid' ? stock.id : unit.id,
    status: openStatus(order.filled),
    reason: null,
    time: toMillis(order.timePlaced),
    last_time: toMillis(order.timeChanged),
    last_trade_time: order.timeLastTrade === undefined ? null : toMillis(order.timeLastTrade),
  };
}
