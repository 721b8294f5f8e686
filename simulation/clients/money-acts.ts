// Money that moves: to other users, out to the chain, and in from it.

import type { Random } from '@picostocks/engine/testing';
import { type AddressReply, formatAmount } from '@picostocks/protocol';
import type { Chain } from '../world/chain.ts';
import type { Client } from './client.ts';

const ONE = 10n ** 18n;
const REMEMBERED = 10;

export class MoneyActs {
  readonly #client: Client;
  readonly #random: Random;
  readonly #assets: readonly [number, ...number[]];
  readonly #users: () => readonly number[];
  readonly #chain: Chain;
  readonly #withdrawals: number[] = [];
  #count = 0;

  constructor(
    client: Client,
    fields: {
      random: Random;
      assets: readonly [number, ...number[]];
      /** Who there is to give money to. */
      users: () => readonly number[];
      chain: Chain;
    },
  ) {
    this.#client = client;
    this.#random = fields.random;
    this.#assets = fields.assets;
    this.#users = fields.users;
    this.#chain = fields.chain;
  }

  act(): Promise<unknown> {
    const act = this.#random.weighted<() => Promise<unknown>>([
      [45, () => this.#transfer()],
      [25, () => this.#withdraw()],
      [10, () => this.#cancelWithdrawal()],
      [20, () => this.#deposit()],
    ]);
    return act();
  }

  #transfer(): Promise<unknown> {
    const to = this.#random.pickAny(this.#users()) ?? this.#client.userId;
    return this.#client.command('transfer', {
      to_user: to,
      stock_id: this.#random.pick(this.#assets),
      quantity: formatAmount(this.#random.amount(2n * ONE)),
      ...(this.#random.chance(30) ? { memo: `för ${to}` } : {}),
    });
  }

  async #withdraw(): Promise<void> {
    const { userId, keyId, name } = this.#client;
    this.#count += 1;
    const { result } = await this.#client.command('request_withdrawal', {
      stock_id: this.#random.pick(this.#assets),
      quantity: formatAmount(this.#random.amount(3n * ONE)),
      address: `out-${userId}-${keyId}-${name.replaceAll(' ', '')}-${this.#count}`,
      ...(this.#random.chance(30) ? { memo: `${this.#count}` } : {}),
    });
    const id = result['withdrawal_id'];
    if (typeof id !== 'number') return;
    if (this.#withdrawals.length >= REMEMBERED) this.#withdrawals.shift();
    this.#withdrawals.push(id);
  }

  #cancelWithdrawal(): Promise<unknown> {
    const id = this.#random.pickAny(this.#withdrawals);
    if (id === undefined) return this.#withdraw();
    return this.#client.command('cancel_withdrawal', { withdrawal_id: id });
  }

  /** Sends coins to the own address, or asks for one. */
  async #deposit(): Promise<void> {
    const stockId = this.#random.pick(this.#assets);
    const path = `account/deposit/address/${this.#client.userId}/${stockId}/`;
    const reply = await this.#client.read<AddressReply>(path);
    if (reply === undefined) return;
    const { address, memo } = reply;
    if (address === null) await this.#client.command('request_address', { stock_id: stockId });
    else {
      const quantity = formatAmount(this.#random.amount(2n * ONE) + 1n);
      this.#chain.arrive({ stockId, address, memo: memo ?? '', quantity });
    }
  }
}
