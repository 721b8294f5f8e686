export { isAddress } from './addresses.ts';
export * from './assert.ts';
export type { BookSide, Level } from './book-side.ts';
export { isDead } from './dead-orders.ts';
export { stateLines } from './describe.ts';
export type { Engine } from './engine.ts';
export { makerPpmOf, takerPpmOf } from './fees.ts';
export { Key, type Switch } from './key.ts';
export { hasScope, mayGive } from './keys.ts';
export { freeOf } from './ledger.ts';
export { bookSide } from './open-orders.ts';
export type { Order } from './order.ts';
export { type EntryHead, RealEngine } from './real-engine.ts';
export { restoreState } from './restore.ts';
export { type AssetTotals, findInsolvency, totalsOf } from './solvency.ts';
export {
  type Account,
  type Address,
  type Asset,
  type Deposit,
  type FeeTier,
  findMarket,
  findTrader,
  type Market,
  type MarketId,
  type OwnOrders,
  type State,
  type User,
  type WantedAddress,
  type Withdrawal,
} from './state.ts';
export { NoState } from './state-fields.ts';
export { nextDue } from './time.ts';
export { findRegistrationRejection } from './users.ts';
export { withdrawalFee } from './withdrawals.ts';
