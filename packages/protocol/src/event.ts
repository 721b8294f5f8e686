// Events: what an entry did, in the order in which it did it. An event carries what an auditor or a
// feed needs and cannot look up later; the entry's sequence and time go with it and are not repeated.

import type { Amount } from './amount.ts';
import type { Side } from './command.ts';
import type { OrderId, Sequence, StockId, UserId } from './id.ts';
import type { Rejection } from './rejection.ts';

interface InMarket {
  readonly stockId: StockId;
  readonly unitId: StockId;
}

export interface OrderPlaced extends InMarket {
  readonly kind: 'order_placed';
  readonly orderId: OrderId;
  readonly userId: UserId;
  readonly side: Side;
  readonly price: Amount;
  readonly quantity: Amount;
}

/** A trade. `cost` is what the buyer paid; price × quantity alone does not reproduce balances. */
export interface OrderFilled extends InMarket {
  readonly kind: 'order_filled';
  readonly tradeId: number;
  readonly price: Amount;
  readonly quantity: Amount;
  readonly cost: Amount;
  /** The side of the incoming order. */
  readonly aggressor: Side;
  readonly bidOrderId: OrderId;
  readonly askOrderId: OrderId;
  readonly bidUserId: UserId;
  readonly askUserId: UserId;
  /** In the stock: the buyer received `quantity − bidFee`. */
  readonly bidFee: Amount;
  /** In the unit: the seller received `cost − askFee`. */
  readonly askFee: Amount;
}

/** What is left of an incoming order now stands in the book. */
export interface OrderRested {
  readonly kind: 'order_rested';
  readonly orderId: OrderId;
  readonly remaining: Amount;
}

/** `too_many`: the command had met as many orders as one command may. */
export type CancelReason = 'user' | 'self_trade' | 'too_many';

export interface OrderCancelled extends InMarket {
  readonly kind: 'order_cancelled';
  readonly orderId: OrderId;
  readonly userId: UserId;
  readonly side: Side;
  readonly price: Amount;
  /** How much was taken off. */
  readonly quantity: Amount;
  /** What still stands in the book; a reduced order keeps its place. */
  readonly remaining: Amount;
  readonly reason: CancelReason;
}

export interface UserRegistered {
  readonly kind: 'user_registered';
  readonly userId: UserId;
  readonly publicKey: string;
  /** The first nonce of key 0. */
  readonly nonce: number;
}

/** Money from outside, credited once. A gift of a sandbox is one too. */
export interface DepositCredited {
  readonly kind: 'deposit_credited';
  readonly depositId: number;
  readonly userId: UserId;
  readonly stockId: StockId;
  readonly quantity: Amount;
  readonly txid: string;
  readonly output: number;
  readonly memo: string;
}

export interface Transferred {
  readonly kind: 'transferred';
  readonly transferId: number;
  readonly fromUserId: UserId;
  readonly toUserId: UserId;
  readonly stockId: StockId;
  readonly quantity: Amount;
  readonly memo: string;
}

export interface AssetCreated {
  readonly kind: 'asset_created';
  readonly stockId: StockId;
}
export interface AssetChanged {
  readonly kind: 'asset_changed';
  readonly stockId: StockId;
}
export interface MarketListed extends InMarket {
  readonly kind: 'market_listed';
}
export interface MarketChanged extends InMarket {
  readonly kind: 'market_changed';
}
export interface SettingsChanged {
  readonly kind: 'settings_changed';
}
/** The log was restored and may have lost its end: every counter leaped over what may have been lost. */
export interface Recovered {
  readonly kind: 'recovered';
  /** The last entry that was restored. */
  readonly sequence: Sequence;
  readonly hash: string;
  /** By how much every counter went up. */
  readonly leap: number;
}
export interface NonceSpent {
  readonly kind: 'nonce_spent';
}
export interface ExchangeFounded {
  readonly kind: 'exchange_founded';
  readonly exchange: string;
}

/** The market said no; the nonce is consumed, nothing else changed. */
export interface CommandRejected {
  readonly kind: 'command_rejected';
  readonly reason: Rejection;
}

export const VOID_REASONS = [
  'unknown_user',
  'wrong_exchange',
  'key_not_current',
  'nonce_not_next',
  'key_registered',
  'registration_closed',
] as const;
export type VoidReason = (typeof VOID_REASONS)[number];

/** The entry came too late or too early: it changed, consumed and stored nothing. */
export interface CommandVoid {
  readonly kind: 'command_void';
  readonly reason: VoidReason;
}

export type Event =
  | OrderPlaced
  | OrderFilled
  | OrderRested
  | OrderCancelled
  | UserRegistered
  | DepositCredited
  | Transferred
  | AssetCreated
  | AssetChanged
  | MarketListed
  | MarketChanged
  | SettingsChanged
  | Recovered
  | NonceSpent
  | ExchangeFounded
  | CommandRejected
  | CommandVoid;
