export * from './account-params.ts';
export * from './amount.ts';
export * from './command.ts';
export * from './entry.ts';
export * from './event.ts';
export * from './genesis.ts';
export * from './head.ts';
export * from './hex.ts';
export * from './id.ts';
export * from './key-text.ts';
export * from './liability-lines.ts';
export * from './liability-tree.ts';
export * from './limit.ts';
export * from './merkle-tree.ts';
export * from './nonce.ts';
export * from './operator-params.ts';
export * from './order-params.ts';
export * from './order-text.ts';
export { type AmountText, type Decoded, decodeParams, type Written } from './param-schema.ts';
export * from './params.ts';
export * from './read-text.ts';
export * from './refusal.ts';
export * from './registration-text.ts';
export * from './rejection.ts';
export * from './sha256.ts';
export * from './utf8.ts';
export * from './wire-account.ts';
export * from './wire-audit.ts';
export * from './wire-exchange.ts';
export * from './wire-market.ts';
export * from './wire-order.ts';
export {
  ErrorReply,
  KeyQuery,
  Limit,
  LimitQuery,
  MarketPath,
  MarketQuery,
  PageQuery,
  READ_HEADERS,
  ReadHeaders,
  SIGNATURE_HEADER,
  UserPath,
  UserStockPath,
} from './wire-part.ts';
