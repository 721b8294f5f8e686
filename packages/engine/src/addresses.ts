// Deposit addresses: who asked for one, and whose each is, for ever (docs/protocol.md §6.9).

import { ADDRESSES_MAX, type DecodedParams, type Rejection } from '@picostocks/protocol';
import type { Act } from './act.ts';
import { type Address, type Asset, findTrader, type State, type User, withSlot } from './state.ts';

const ADDRESS = /^[\x21-\x7e]{1,100}$/;

/** 1 to 100 characters of printable ASCII without spaces. */
export function isAddress(text: string): boolean {
  return ADDRESS.test(text);
}

interface Destination {
  readonly address: string;
  readonly memo: string;
}

function addressName(asset: Asset, { address, memo }: Destination): string {
  return `${asset.id} ${JSON.stringify([address, memo])}`;
}

function wantedName(user: User, asset: Asset): string {
  return `${user.id} ${asset.id}`;
}

export function findAddress(
  state: State,
  asset: Asset,
  destination: Destination,
): Address | undefined {
  return state.addresses.get(addressName(asset, destination));
}

/** An address becomes the newest of its user and asset, and of all. */
export function putAddress(state: State, entry: Address): void {
  const { user, asset } = entry;
  const name = addressName(asset, entry);
  const known = state.addresses.get(name);
  state.addresses.delete(name);
  state.addresses.set(name, entry);
  const others = (user.addresses[asset.slot] ?? []).filter((other) => other !== known);
  user.addresses = withSlot(user.addresses, asset.slot, [...others, entry]);
}

export function wantAddress(state: State, user: User, asset: Asset): void {
  const name = wantedName(user, asset);
  if (!state.addressesWanted.has(name)) state.addressesWanted.set(name, { user, asset });
}

export function requestAddress(
  state: State,
  { user, events }: Act,
  { stockId }: DecodedParams<'request_address'>,
): Rejection | undefined {
  if (user.id === 0) return 'operator_account';
  if (user.frozen !== undefined) return 'account_frozen';
  const asset = state.assetById.get(stockId);
  if (asset === undefined) return 'stock_not_found';
  if (!asset.details.deposit) return 'deposits_closed';

  // After this line the command succeeds.
  wantAddress(state, user, asset);
  events.push({ kind: 'address_requested', userId: user.id, stockId });
  return undefined;
}

export function registerAddress(
  state: State,
  { events }: Act,
  { userId, stockId, address, memo = '' }: DecodedParams<'register_address'>,
): Rejection | undefined {
  if (userId === 0) return 'operator_account';
  const user = findTrader(state, userId);
  if (user === undefined) return 'unknown_user';
  const asset = state.assetById.get(stockId);
  if (asset === undefined) return 'stock_not_found';
  const known = findAddress(state, asset, { address, memo });
  if (known !== undefined && known.user !== user) return 'address_taken';
  const count = user.addresses[asset.slot]?.length ?? 0;
  if (known === undefined && count >= ADDRESSES_MAX) return 'capacity';
  if (!isAddress(address)) return 'bad_address';

  // After this line the command succeeds.
  putAddress(state, { asset, user, address, memo });
  state.addressesWanted.delete(wantedName(user, asset));
  events.push({ kind: 'address_registered', userId, stockId, address, memo });
  return undefined;
}
