// What every user has of each asset at one moment, copied out of the state as bytes: the state moves on
// while the trees are built, and bytes cross threads without being copied again.

import type { Asset, State, User } from '@picostocks/engine';
import type { Amount } from '@picostocks/protocol';

/** A user's id in 8 bytes, then his amount in 24, both big-endian: an amount has 56 digits at most. */
export const RECORD_BYTES = 32;
const AMOUNT_OFFSET = 8;
const LIMB = 64n;
const LIMB_MASK = 2n ** LIMB - 1n;

export interface AssetRecords {
  readonly assetId: number;
  /** The outside world's balance: minus what the users have together. */
  readonly world: Amount;
  /** One record for each user who has something, by user id. */
  readonly records: Uint8Array<ArrayBuffer>;
}

/** In the order of asset ids. */
export function captureLiabilities({ assets, users }: State): AssetRecords[] {
  return [...assets]
    .sort((left, right) => left.id - right.id)
    .map((asset) => ({
      assetId: asset.id,
      world: asset.outside,
      records: captureAsset(asset, users),
    }));
}

function captureAsset(asset: Asset, users: readonly User[]): Uint8Array<ArrayBuffer> {
  const count = users.reduce((sum, user) => (totalOf(user, asset) > 0n ? sum + 1 : sum), 0);
  const records = Buffer.from(new ArrayBuffer(count * RECORD_BYTES));
  let at = 0;
  for (const user of users) {
    const amount = totalOf(user, asset);
    if (amount === 0n) continue;
    writeRecord(records, at, { userId: user.id, amount });
    at += RECORD_BYTES;
  }
  return records;
}

function totalOf({ accounts }: User, asset: Asset): Amount {
  const account = accounts[asset.slot];
  return account === undefined ? 0n : account.free + account.locked;
}

function writeRecord(
  records: Buffer,
  at: number,
  { userId, amount }: { userId: number; amount: Amount },
): void {
  records.writeUIntBE(userId, at + 2, 6);
  records.writeBigUInt64BE(amount >> (2n * LIMB), at + AMOUNT_OFFSET);
  records.writeBigUInt64BE((amount >> LIMB) & LIMB_MASK, at + AMOUNT_OFFSET + 8);
  records.writeBigUInt64BE(amount & LIMB_MASK, at + AMOUNT_OFFSET + 16);
}

/** The id of the user of a record, as its 8 bytes. */
export function userOf(record: Uint8Array): Uint8Array {
  return record.subarray(0, AMOUNT_OFFSET);
}

/** The amount of a record, as its 24 bytes. */
export function amountOf(record: Uint8Array): Uint8Array {
  return record.subarray(AMOUNT_OFFSET);
}
