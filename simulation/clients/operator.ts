// The operators: one sets the exchange up and gives the others keys of their own; the others list, look after
// money, and freeze, each with what his role allows and now and then with what it does not.

import type { Random } from '@picostocks/engine/testing';
import { formatAmount, type Role, type WithdrawalRow } from '@picostocks/protocol';
import type { Chain } from '../world/chain.ts';
import type { Client } from './client.ts';
import { insist } from './insist.ts';
import type { Market } from './order-acts.ts';
import { type HeldKey, Signer } from './signer.ts';

const ONE = 10n ** 18n;
const SECOND = 1_000_000;
/** What was sent to the chain has arrived by then, or never will. */
const LOOK_MS = 60_000;

export const ASSETS: readonly [number, ...number[]] = [2, 3, 4];
export const MARKETS: readonly [Market, ...Market[]] = [
  { stockId: 3, unitId: 2 },
  { stockId: 4, unitId: 2 },
];

export interface Staff {
  readonly listing: Client;
  readonly finance: Client;
  readonly compliance: Client;
}

/** Adds a key of the operator with a role, and answers its number. */
export async function addRole(root: Client, held: HeldKey, role: Role): Promise<number> {
  const params = { ...root.proofOf(held.current), scopes: [role] };
  const { result, outcome } = await insist(root, 'add_key', params);
  if (outcome?.kind !== 'applied') throw new Error(`the key for ${role} was not added`);
  return Number(result['key_id']);
}

export class Operator {
  readonly #root: Client;
  readonly #random: Random;
  readonly #chain: Chain;
  #deposits = 0;
  #rotations = 0;

  constructor(root: Client, fields: { random: Random; chain: Chain }) {
    this.#root = root;
    this.#random = fields.random;
    this.#chain = fields.chain;
  }

  async setUp(): Promise<void> {
    for (const stock_id of ASSETS) {
      await insist(this.#root, 'create_asset', {
        stock_id,
        code: `asset${stock_id}`,
        min_fee: '0.001',
        per_fee: '0.0015',
        min_deposit: '0.05',
        min_withdrawal: '0.1',
        approval_above: '1.5',
        daily_withdrawal: '200',
      });
    }
    for (const { stockId, unitId } of MARKETS) {
      const rules = { self_trade: this.#selfTrade(), max_open_orders: 25 };
      await insist(this.#root, 'list_market', { stock_id: stockId, unit_id: unitId, ...rules });
    }
    await insist(this.#root, 'change_settings', { registration_open: true });
  }

  /** Gives a user some of every asset. */
  async endow(userId: number, by: Client = this.#root): Promise<void> {
    for (const stock_id of ASSETS) {
      const quantity = formatAmount(60n * ONE + BigInt(this.#random.integer(1_000)));
      this.#deposits += 1;
      const txid = `hand-${this.#deposits}`;
      await insist(by, 'credit_deposit', { user_id: userId, stock_id, quantity, txid });
    }
  }

  /** Without such a user nobody can withdraw what costs a fee. */
  async payFeesTo(userId: number): Promise<void> {
    await insist(this.#root, 'change_settings', { fee_user_id: userId });
  }

  async act(
    everyMicros: number,
    { staff, users }: { staff: Staff; users: () => readonly number[] },
    goesOn: () => boolean,
  ): Promise<void> {
    while (goesOn()) {
      await this.#root.sleep(2 * everyMicros);
      const userId = this.#random.pickAny(users());
      if (goesOn() && userId !== undefined) await this.#actOnce(staff, userId);
    }
  }

  /** Looks through the withdrawals that wait for somebody's word, at intervals. */
  async approve(everyMicros: number, finance: Client, goesOn: () => boolean): Promise<void> {
    while (goesOn()) {
      await finance.sleep(2 * everyMicros);
      if (goesOn()) await this.decide(finance);
    }
  }

  /** Once through all that waits. */
  async decide(finance: Client): Promise<void> {
    for (const status of ['init', 'error'] as const) {
      const query = { status, after: 0 };
      const rows = await finance.read<WithdrawalRow[]>('custody/withdrawals/', query);
      for (const row of rows ?? []) await this.#decideOne(finance, row);
    }
  }

  /** What is in error may have been paid: only the chain knows. */
  async #decideOne(finance: Client, row: WithdrawalRow): Promise<void> {
    const change = { withdrawal_id: row.id };
    if (row.status === 'init') {
      const status = this.#random.weighted<'accepted' | 'canceled' | 'ignore'>([
        [80, 'accepted'],
        [15, 'canceled'],
        [5, 'ignore'],
      ]);
      await finance.command('change_withdrawal', { ...change, status });
      return;
    }
    if (finance.now / 1_000 - row.last_time < LOOK_MS) return;
    const paid = this.#chain.payments.find(({ address }) => address === row.address);
    const again = this.#random.chance(70) ? 'accepted' : 'canceled';
    const decision = paid ? { status: 'done' as const, txid: paid.txid } : { status: again };
    await finance.command('change_withdrawal', { ...change, ...decision } as never);
  }

  #actOnce(staff: Staff, userId: number): Promise<unknown> {
    const { stockId, unitId } = this.#random.pick(MARKETS);
    const market = { stock_id: stockId, unit_id: unitId };
    const { listing, finance, compliance } = staff;
    const act = this.#random.weighted<() => Promise<unknown>>([
      [25, () => this.endow(userId, finance)],
      [8, () => this.#root.command('change_settings', { fee_user_id: userId })],
      [8, () => finance.command('set_fees', { ...market, ...this.#rates() })],
      [6, () => this.#changeTier(finance, userId)],
      [8, () => listing.command('change_market', { ...market, ...this.#rules() })],
      [8, () => this.#halt(this.#random.pick([listing, compliance]), market)],
      [10, () => this.#freeze(compliance, userId)],
      [8, () => this.#correct(finance, userId)],
      [5, () => this.#limit(this.#random.pick([finance, compliance]), userId)],
      [6, () => this.#rotate(this.#random.pick([listing, finance, compliance]))],
      // What none of them may do.
      [4, () => listing.command('freeze_user', { user_id: userId, reason: 'not my business' })],
      [4, () => compliance.command('set_fees', { ...market, ...this.#rates() })],
    ]);
    return act();
  }

  #rates(): { maker_ppm: number; taker_ppm: number } {
    const ppm = (): number => this.#random.integer(4) * 777;
    return { maker_ppm: ppm(), taker_ppm: ppm() };
  }

  #rules() {
    const self_trade = this.#selfTrade();
    // Narrow enough to keep some orders out.
    const band = this.#random.pick([0, 20_000, 500_000]);
    return this.#random.chance(60) ? { self_trade } : { price_band_ppm: band };
  }

  async #changeTier(finance: Client, userId: number): Promise<void> {
    const tier = this.#random.integer(4);
    const discount = this.#random.integer(5) * 200_000;
    const discounts = { maker_discount_ppm: discount, taker_discount_ppm: discount / 2 };
    await finance.command('set_fee_tier', { tier, ...discounts });
    await finance.command('set_user_tier', { user_id: userId, tier });
  }

  #limit(by: Client, userId: number): Promise<unknown> {
    const daily_withdrawal = this.#random.pick([null, '0', '5', '100']);
    const stock_id = this.#random.pick(ASSETS);
    return by.command('set_withdrawal_limit', { user_id: userId, stock_id, daily_withdrawal });
  }

  async #halt(by: Client, market: { stock_id: number; unit_id: number }): Promise<void> {
    await insist(by, 'halt_market', { ...market, reason: 'a pause' });
    await this.#root.sleep(40 * SECOND);
    await insist(by, 'resume_market', market);
  }

  async #freeze(by: Client, userId: number): Promise<void> {
    await insist(by, 'freeze_user', { user_id: userId, reason: 'a question' });
    await this.#root.sleep(80 * SECOND);
    await insist(by, 'unfreeze_user', { user_id: userId });
  }

  /** Takes from the user and gives to the outside world, or the other way; now and then it does not balance. */
  #correct(by: Client, userId: number): Promise<unknown> {
    const quantity = formatAmount(this.#random.amount(ONE) + 1n);
    const line = { stock_id: this.#random.pick(ASSETS), quantity };
    const [one, other] = this.#random.chance(50)
      ? (['credit', 'debit'] as const)
      : (['debit', 'credit'] as const);
    const lines = [{ ...line, user_id: userId, direction: one }];
    if (this.#random.chance(90)) lines.push({ ...line, user_id: 0, direction: other });
    return by.command('correct', { sequence: 1, reason: 'a mistake', lines });
  }

  /** An operator's key rotates itself. */
  async #rotate(client: Client): Promise<void> {
    this.#rotations += 1;
    const key = new Signer(`operator rotation ${this.#rotations} ${client.keyId} ${client.name}`);
    const params = { rotated_key_id: client.keyId, ...client.proofOf(key) };
    const { outcome } = await client.command('rotate_key', params);
    if (outcome?.kind !== 'applied') return;
    client.held.current = key;
    client.takeKey();
  }

  #selfTrade() {
    return this.#random.pick(['cancel_newest', 'cancel_oldest', 'cancel_both', 'allow'] as const);
  }
}
