// A trader: a person or a bot that acts with one key, now one thing at a time, now many at once.

import type { Random } from '@picostocks/engine/testing';
import type { Chain } from '../world/chain.ts';
import type { Client } from './client.ts';
import { MoneyActs } from './money-acts.ts';
import { type Market, OrderActs } from './order-acts.ts';

const BURST_MAX = 25;

export interface TraderFields {
  readonly random: Random;
  readonly markets: readonly [Market, ...Market[]];
  readonly assets: readonly [number, ...number[]];
  /** Who there is to give money to. */
  readonly users: () => readonly number[];
  readonly chain: Chain;
}

export class Trader {
  readonly #client: Client;
  readonly #random: Random;
  readonly #markets: readonly [Market, ...Market[]];
  readonly #users: () => readonly number[];
  readonly #orders: OrderActs;
  readonly #money: MoneyActs;

  constructor(client: Client, fields: TraderFields) {
    this.#client = client;
    this.#random = fields.random;
    this.#markets = fields.markets;
    this.#users = fields.users;
    this.#orders = new OrderActs(client, fields);
    this.#money = new MoneyActs(client, fields);
  }

  /** Acts at intervals until told to stop; does not wait for what it began. */
  async act(everyMicros: number, goesOn: () => boolean): Promise<void> {
    const mayAct = (): boolean => goesOn() && !this.#client.isRetired;
    while (mayAct()) {
      await this.#client.sleep(2 * everyMicros);
      if (!mayAct()) return;
      if (this.#random.chance(3)) this.rush();
      else void this.#actOnce();
    }
  }

  /** Many orders at once, all of them signed with the key that is held now. */
  rush(): void {
    const count = 2 + this.#random.integer(BURST_MAX);
    for (let index = 0; index < count; index += 1) void this.#actOnce();
  }

  #actOnce(): Promise<unknown> {
    const act = this.#random.weighted<() => Promise<unknown>>([
      [68, () => this.#orders.act()],
      [16, () => this.#money.act()],
      [2, () => this.#client.command('noop', {})],
      [18, () => this.#read()],
    ]);
    return act();
  }

  #read(): Promise<unknown> {
    const user = this.#random.chance(60)
      ? this.#client.userId
      : (this.#random.pickAny(this.#users()) ?? 1);
    const { stockId, unitId } = this.#random.pick(this.#markets);
    const path = this.#random.weighted<string>([
      [3, `account/nonce/${user}/`],
      [3, `account/balance/${user}/`],
      [3, `market/orderbook/${stockId}/${unitId}/`],
    ]);
    return this.#client.read(path);
  }
}
