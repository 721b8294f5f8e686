export type { RegisterParameters } from './actions/register-key.ts';
export type { CommandParameters } from './actions/sign-envelope.ts';
export type { OrderParameters } from './actions/sign-order.ts';
export type { CallOptions } from './call-options.ts';
export * from './client.ts';
export * from './errors.ts';
export { generateKey, type KeyPair, publicKeyOf } from './key.ts';
export * from './reader.ts';
export type { Fetch, TransportOptions } from './transport.ts';
