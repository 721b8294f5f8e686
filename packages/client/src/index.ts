export type {
  AmendOrder,
  AmendOrderParameters,
  BatchOperation,
  BatchParameters,
  BatchReply,
  CancelAtPrice,
  CancelAtPriceParameters,
  CancelOrderParameters,
  CancelOrders,
  CancelOrdersParameters,
  OrderName,
  PlaceOrder,
  PlaceOrderParameters,
} from './actions/operations.ts';
export {
  type KeyProof,
  type NewKey,
  type ProveKeyParameters,
  proveKey,
} from './actions/prove-key.ts';
export type { RegisterParameters } from './actions/register-key.ts';
export type { CommandParameters } from './actions/sign-envelope.ts';
export type { OrderParameters } from './actions/sign-order.ts';
export * from './audit-reader.ts';
export type { CallOptions, SendCommandOptions } from './call-options.ts';
export * from './client.ts';
export { CommandClient, type PicostocksClientOptions } from './command-client.ts';
export type { CommandResults, OperationResult, TypedReply } from './command-result.ts';
export * from './errors.ts';
export { followRows, type PageStart } from './follow-rows.ts';
export * from './head-keeper.ts';
export { generateKey, type KeyPair, publicKeyOf } from './key.ts';
export * from './liability-proofs.ts';
export * from './liability-watch.ts';
export {
  type CandlesParameters,
  type DepthParameters,
  type MarketFilter,
  type MarketParameters,
  MarketReader,
  type OrderBookParameters,
  type PageParameters,
  type TickersParameters,
  type TradesHistoryParameters,
  type TradesParameters,
} from './market-reader.ts';
export { isPending } from './pending-status.ts';
export * from './reader.ts';
export type { Answer, Fetch, HttpRequest, Requester, TransportOptions } from './transport.ts';
