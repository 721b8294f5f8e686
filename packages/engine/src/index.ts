export * from './assert.ts';
export type { BookSide, Level } from './book-side.ts';
export { stateLines } from './describe.ts';
export type { Engine } from './engine.ts';
export { freeOf } from './ledger.ts';
export { bookSide } from './open-orders.ts';
export type { Order } from './order.ts';
export { RealEngine } from './real-engine.ts';
export { NoState, restoreState } from './restore.ts';
export { type AssetTotals, findInsolvency, totalsOf } from './solvency.ts';
export {
  type Account,
  type Asset,
  findMarket,
  findTrader,
  type Key,
  type Market,
  type MarketId,
  type State,
  type User,
} from './state.ts';
export { findRegistrationRejection } from './users.ts';
