// Events: what an entry did, in the order in which it did it. An event carries what an auditor or a
// feed needs and cannot look up later; the entry's sequence and time go with it and are not repeated.

import type { Amount } from './amount.ts';
import type { OrderId, Sequence, StockId, TimeMicros, UserId } from './id.ts';
import type { ExternalStatus } from './operator-params.ts';
import type { OrderType, Side, TimeInForce } from './order-params.ts';
import type { Rejection } from './rejection.ts';

interface InMarket {
  readonly stockId: StockId;
  readonly unitId: StockId;
}

/** What an order is called and how long it may stand. */
interface OrderTerms extends InMarket {
  readonly orderId: OrderId;
  readonly userId: UserId;
  readonly side: Side;
  readonly type: OrderType;
  readonly timeInForce: TimeInForce;
  /** Only of `gtt`. */
  readonly goodUntil: TimeMicros | undefined;
  readonly clientOrderId: string | undefined;
  /** Of a market order: the worst price at which it may trade. */
  readonly price: Amount;
  readonly quantity: Amount;
}

export interface OrderPlaced extends OrderTerms {
  readonly kind: 'order_placed';
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

/** The owner changed an open order; one that lost its place then meets the book as if it were new. */
export interface OrderAmended extends InMarket {
  readonly kind: 'order_amended';
  readonly orderId: OrderId;
  readonly userId: UserId;
  readonly side: Side;
  readonly price: Amount;
  /** All of it, what was filled before included. */
  readonly quantity: Amount;
  readonly remaining: Amount;
  readonly keepsPlace: boolean;
}

/**
 * Why (a part of) an order was taken off: `user` asked; `self_trade`; `too_many`: the command had met as
 * many orders as one command may; `unfilled`: what an `ioc` or market order could not fill; `expired`: its time
 * was over; `cancel_after`: its user's switch fired; `frozen`: its user was frozen.
 */
export const CANCEL_REASONS = [
  'user',
  'self_trade',
  'too_many',
  'unfilled',
  'expired',
  'cancel_after',
  'frozen',
] as const;
export type CancelReason = (typeof CANCEL_REASONS)[number];

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

export type ClosedStatus = 'filled' | 'cancelled' | 'expired';

/** Nothing is left of the order: all that is to be remembered of it. It follows its last fill or cancel. */
export interface OrderClosed extends OrderTerms {
  readonly kind: 'order_closed';
  readonly status: ClosedStatus;
  /** Absent when it was filled. */
  readonly reason: CancelReason | undefined;
  readonly filled: Amount;
  /** In the unit: the sum of the costs of its fills. */
  readonly value: Amount;
  /** In what its user received: the stock of a bid, the unit of an ask. */
  readonly fee: Amount;
  readonly timePlaced: TimeMicros;
  readonly timeLastTrade: TimeMicros | undefined;
}

/** A switch was set, or with 0 seconds taken off. */
export interface SwitchSet {
  readonly kind: 'switch_set';
  readonly seconds: number;
}
/** A key gave no sign of life in time: all orders of its user are to go. */
export interface SwitchFired {
  readonly kind: 'switch_fired';
  readonly userId: UserId;
  readonly keyId: number;
}
/** A switch that was due while the exchange did not run was set anew, once. */
export interface SwitchSpared {
  readonly kind: 'switch_spared';
  readonly userId: UserId;
  readonly keyId: number;
}
/** What time did is before this, what the entry's message did after it; absent where time did nothing. */
export interface TimersRan {
  readonly kind: 'timers_ran';
}
/** The operation of a batch with this index did what stands before this, or was rejected. */
export interface OperationEnded {
  readonly kind: 'operation_ended';
  readonly index: number;
  readonly rejection: Rejection | undefined;
}

export interface UserRegistered {
  readonly kind: 'user_registered';
  readonly userId: UserId;
  readonly publicKey: string;
  /** The first nonce of key 0. */
  readonly nonce: number;
}

export interface KeyAdded {
  readonly kind: 'key_added';
  readonly userId: UserId;
  readonly keyId: number;
  readonly publicKey: string;
  /** Its first nonce. */
  readonly nonce: number;
  readonly scopes: readonly string[];
}
export interface KeyRotated {
  readonly kind: 'key_rotated';
  readonly userId: UserId;
  readonly keyId: number;
  readonly publicKey: string;
}
export interface KeyRevoked {
  readonly kind: 'key_revoked';
  readonly userId: UserId;
  readonly keyId: number;
}
export interface UserFrozen {
  readonly kind: 'user_frozen';
  readonly userId: UserId;
  readonly reason: string;
}
export interface UserUnfrozen {
  readonly kind: 'user_unfrozen';
  readonly userId: UserId;
}
/** The user's fee tier or one of his limits changed. */
export interface UserChanged {
  readonly kind: 'user_changed';
  readonly userId: UserId;
}

/**
 * A deposit as it is now: its first report, and every change. The money is the user's when the status is
 * `done`. A gift of a sandbox and a credit by hand are `done` at once.
 */
export interface DepositChanged {
  readonly kind: 'deposit_changed';
  readonly depositId: number;
  readonly userId: UserId;
  readonly stockId: StockId;
  readonly quantity: Amount;
  readonly status: ExternalStatus;
  readonly address: string;
  readonly txid: string;
  readonly output: number;
  readonly memo: string;
  readonly reason: string;
  readonly timeCreated: TimeMicros;
}

/** A withdrawal as it is now: its request, and every change. The money left when the status is `done`. */
export interface WithdrawalChanged {
  readonly kind: 'withdrawal_changed';
  readonly withdrawalId: number;
  readonly userId: UserId;
  readonly stockId: StockId;
  readonly quantity: Amount;
  readonly fee: Amount;
  readonly status: ExternalStatus;
  readonly address: string;
  readonly memo: string;
  readonly txid: string;
  readonly reason: string;
  /** The key of the operator that claimed it. */
  readonly claimedBy: number | undefined;
  readonly timeCreated: TimeMicros;
}

export interface AddressRequested {
  readonly kind: 'address_requested';
  readonly userId: UserId;
  readonly stockId: StockId;
}
export interface AddressRegistered {
  readonly kind: 'address_registered';
  readonly userId: UserId;
  readonly stockId: StockId;
  readonly address: string;
  readonly memo: string;
}

/** One line of a correction. User 0 stands for the outside world. */
export interface Corrected {
  readonly kind: 'corrected';
  readonly transferId: number;
  /** The entry that is corrected. */
  readonly corrects: Sequence;
  readonly userId: UserId;
  readonly stockId: StockId;
  readonly direction: 'credit' | 'debit';
  readonly quantity: Amount;
  readonly reason: string;
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
/** Its own fees are a market's change; this is the discount of a tier in all markets. */
export interface FeeTierChanged {
  readonly kind: 'fee_tier_changed';
  readonly tier: number;
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
  | OrderAmended
  | OrderCancelled
  | OrderClosed
  | SwitchSet
  | SwitchFired
  | SwitchSpared
  | TimersRan
  | OperationEnded
  | UserRegistered
  | KeyAdded
  | KeyRotated
  | KeyRevoked
  | UserFrozen
  | UserUnfrozen
  | UserChanged
  | DepositChanged
  | WithdrawalChanged
  | AddressRequested
  | AddressRegistered
  | Corrected
  | Transferred
  | AssetCreated
  | AssetChanged
  | MarketListed
  | MarketChanged
  | FeeTierChanged
  | SettingsChanged
  | Recovered
  | NonceSpent
  | ExchangeFounded
  | CommandRejected
  | CommandVoid;
