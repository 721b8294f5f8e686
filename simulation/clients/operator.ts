// The operator: sets the exchange up, lets users in, credits deposits, and now and then changes a rule.

import type { Random } from '@picostocks/engine/testing';
import {
  type EnvelopeParams,
  type EnvelopeType,
  formatAmount,
  type Written,
} from '@picostocks/protocol';
import type { Client } from './client.ts';
import type { Market } from './trader.ts';

const ONE = 10n ** 18n;
export const ASSETS = [2, 3, 4] as const;
export const MARKETS: readonly [Market, ...Market[]] = [
  { stockId: 3, unitId: 2 },
  { stockId: 4, unitId: 2 },
];

export class Operator {
  readonly #client: Client;
  readonly #random: Random;
  #deposits = 0;

  constructor(client: Client, random: Random) {
    this.#client = client;
    this.#random = random;
  }

  async setUp(): Promise<void> {
    for (const stock_id of ASSETS) {
      await this.#must('create_asset', { stock_id, code: `asset${stock_id}` });
    }
    for (const { stockId, unitId } of MARKETS) {
      const rules = { self_trade: this.#selfTrade(), max_open_orders: 25 };
      await this.#must('list_market', { stock_id: stockId, unit_id: unitId, ...rules });
    }
    await this.#must('change_settings', { registration_open: true });
  }

  /** Gives a user some of every asset. */
  async endow(userId: number): Promise<void> {
    for (const stock_id of ASSETS) {
      const quantity = formatAmount(60n * ONE + BigInt(this.#random.integer(1_000)));
      await this.#must('credit_deposit', {
        user_id: userId,
        stock_id,
        quantity,
        txid: this.#txid(),
      });
    }
  }

  async act(
    everyMicros: number,
    users: () => readonly number[],
    goesOn: () => boolean,
  ): Promise<void> {
    while (goesOn()) {
      await this.#client.sleep(2 * everyMicros);
      const userId = this.#random.pickAny(users());
      if (goesOn() && userId !== undefined) await this.#actOnce(userId);
    }
  }

  #actOnce(userId: number): Promise<unknown> {
    const { stockId, unitId } = this.#random.pick(MARKETS);
    const market = { stock_id: stockId, unit_id: unitId };
    const ppm = (): number => this.#random.integer(4) * 777;
    const act = this.#random.weighted<() => Promise<unknown>>([
      [40, () => this.endow(userId)],
      [15, () => this.#client.command('change_settings', { fee_user_id: userId })],
      [15, () => this.#fees(market, { maker_ppm: ppm(), taker_ppm: ppm() })],
      [
        15,
        () => this.#client.command('change_market', { ...market, self_trade: this.#selfTrade() }),
      ],
      [15, () => this.#halt(market)],
    ]);
    return act();
  }

  #fees(
    market: { stock_id: number; unit_id: number },
    rates: { maker_ppm: number; taker_ppm: number },
  ) {
    return this.#client.command('set_fees', { ...market, ...rates });
  }

  async #halt(market: { stock_id: number; unit_id: number }): Promise<void> {
    await this.#must('change_market', { ...market, status: 'halted' });
    await this.#client.sleep(20_000_000);
    await this.#must('change_market', { ...market, status: 'open' });
  }

  /** Says it again until the market has answered; a rejection is an answer. */
  async #must<T extends EnvelopeType>(type: T, params: Written<EnvelopeParams<T>>): Promise<void> {
    for (;;) {
      const { outcome } = await this.#client.command(type, params);
      if (outcome?.kind === 'applied') return;
      // A deposit is credited once, an asset made once: said again, the market knows it already.
      if (outcome?.kind === 'rejected' && outcome.reason !== 'expired') return;
      await this.#client.sleep(3_000_000);
    }
  }

  #selfTrade() {
    return this.#random.pick(['cancel_newest', 'cancel_oldest', 'cancel_both', 'allow'] as const);
  }

  #txid(): string {
    this.#deposits += 1;
    return `tx${this.#deposits}`;
  }
}
