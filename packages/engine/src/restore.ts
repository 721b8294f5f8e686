// From the state's text back to the state (docs/protocol.md §6.12): what a snapshot is read with. It
// refuses what does not fit, but it does not judge: the caller compares the hash, and the sums.

import {
  EXTERNAL_STATUSES,
  MARKET_STATUSES,
  READ_MODES,
  type Role,
  type Scope,
  SELF_TRADE_MODES,
  SIDES,
  TIMES_IN_FORCE,
} from '@picostocks/protocol';
import { putAddress, wantAddress } from './addresses.ts';
import { Key } from './key.ts';
import { accountOf } from './ledger.ts';
import { lockFor, standInBook } from './open-orders.ts';
import { Order } from './order.ts';
import {
  type Asset,
  createBooks,
  createState,
  createUser,
  type Deposit,
  findMarket,
  type Market,
  type State,
  type SweepReason,
  type User,
  withSlot,
} from './state.ts';
import { NoState, StateFields } from './state-fields.ts';
import { setSwitch } from './switches.ts';
import { putWithdrawal } from './withdrawals.ts';

const SWEEP_REASONS: readonly SweepReason[] = ['cancel_after', 'frozen'];

/**
 * Builds the state that `describeState` wrote, from its text in any number of parts of whole lines.
 *
 * @throws NoState
 */
export function restoreState(parts: Iterable<string>): State {
  const reader = new StateReader();
  for (const part of parts) reader.read(part);
  return reader.finish();
}

class StateReader {
  readonly state: State = createState();
  readonly #orders: Order[] = [];
  #market: Market | undefined;

  read(part: string): void {
    const fields = new StateFields(part);
    while (fields.nextLine()) {
      const word = fields.text();
      const readLine = this.#readers.get(word);
      if (readLine === undefined) {
        throw new NoState(`no line of a state begins with ${JSON.stringify(word)}`);
      }
      readLine(fields);
    }
  }

  readonly #readers = new Map<string, (fields: StateFields) => void>([
    ['exchange', (fields) => this.#readExchange(fields)],
    ['clock', (fields) => this.#readClock(fields)],
    ['next', (fields) => this.#readNext(fields)],
    ['recovered', (fields) => this.#readRecovered(fields)],
    ['settings', (fields) => this.#readSettings(fields)],
    ['tier', (fields) => this.#readTier(fields)],
    ['asset', (fields) => this.#readAsset(fields)],
    ['user', (fields) => this.#readUser(fields)],
    ['key', (fields) => this.#readKey(fields)],
    ['former', (fields) => this.#readFormerKey(fields)],
    ['balance', (fields) => this.#readBalance(fields)],
    ['withdrawn', (fields) => this.#readWithdrawn(fields)],
    ['limit', (fields) => this.#readLimit(fields)],
    ['market', (fields) => this.#readMarket(fields)],
    ['order', (fields) => this.#readOrder(fields)],
    ['sweep', (fields) => this.#readSweep(fields)],
    ['deposit', (fields) => void this.state.depositsKnown.add(fields.rest())],
    ['incoming', (fields) => this.#readDeposit(fields)],
    ['withdrawal', (fields) => this.#readWithdrawal(fields)],
    ['wanted', (fields) => this.#readWanted(fields)],
    ['address', (fields) => this.#readAddress(fields)],
  ]);

  #readExchange(fields: StateFields): void {
    this.state.exchange = fields.text();
    this.state.rules = fields.number();
    this.state.sandbox = fields.boolean();
  }

  #readClock(fields: StateFields): void {
    this.state.sequence = fields.number();
    this.state.time = fields.number();
  }

  #readNext(fields: StateFields): void {
    const { state } = this;
    state.orderIdNext = fields.number();
    state.tradeIdNext = fields.number();
    state.depositIdNext = fields.number();
    state.transferIdNext = fields.number();
    state.withdrawalIdNext = fields.number();
  }

  #readRecovered(fields: StateFields): void {
    this.state.nonceOffset = fields.number();
  }

  #readSettings(fields: StateFields): void {
    const { settings } = this.state;
    settings.registrationOpen = fields.boolean();
    settings.gift = fields.amount();
    settings.feeUserId = fields.optionalNumber();
    settings.reads = fields.oneOf(READ_MODES);
  }

  #readTier(fields: StateFields): void {
    const tier = fields.number();
    const [makerDiscountPpm, takerDiscountPpm] = [fields.number(), fields.number()];
    const { state } = this;
    state.feeTiers = withSlot(state.feeTiers, tier, { makerDiscountPpm, takerDiscountPpm });
  }

  #readAsset(fields: StateFields): void {
    const id = fields.number();
    const [code, name, stockType, email, www, about, status] = fields.json() as [
      string,
      string,
      Asset['details']['stockType'],
      string,
      string,
      string,
      Asset['details']['status'],
    ];
    const details = {
      ...{ name, stockType, email, www, about, status },
      stockRank: fields.number(),
      quantity: fields.amount(),
      docId: fields.number(),
      transactionId: fields.number(),
      ipoUserId: fields.number(),
      ipoMaxQuantity: fields.amount(),
      ipoMinPrice: fields.amount(),
      btcAddress: fields.json() as string | null,
      ethAddress: fields.json() as string | null,
      ethDecimals: fields.number(),
      minFee: fields.amount(),
      perFee: fields.text(),
      deposit: fields.boolean(),
      withdraw: fields.boolean(),
      minDeposit: fields.amount(),
      minWithdrawal: fields.amount(),
      approvalAbove: fields.amount(),
      dailyWithdrawal: fields.amount(),
    };
    const { state } = this;
    const asset: Asset = {
      slot: state.assets.length,
      id,
      code,
      details,
      timeInit: fields.number(),
      timeWait: fields.optionalNumber(),
      timeChanged: fields.number(),
      traded: fields.amount(),
      outside: fields.amount(),
    };
    state.assets.push(asset);
    state.assetById.set(id, asset);
    state.assetByCode.set(code, asset);
  }

  #readUser(fields: StateFields): void {
    const id = fields.number();
    if (id !== this.state.users.length) throw new NoState(`user ${id} is out of order`);
    const user = createUser(id);
    user.feeTier = fields.number();
    user.deadBefore = fields.number();
    const reason = fields.json() as string | null;
    const since = fields.optionalNumber();
    if (reason !== null && since !== undefined) user.frozen = { reason, since };
    this.state.users.push(user);
  }

  #readKey(fields: StateFields): void {
    const user = this.#user(fields.number());
    const id = fields.number();
    if (id !== user.keys.length) throw new NoState(`key ${id} of user ${user.id} is out of order`);
    const publicKey = fields.publicKey();
    this.state.userByKey.set(publicKey.toHex(), user);
    const nonceNext = fields.number();
    const isRevoked = fields.boolean();
    const key = new Key({ id, publicKey, nonceNext, scopes: this.#scopesOf(fields.text()) });
    key.isRevoked = isRevoked;
    user.keys = user.keys.concat(key);
    const [seconds, due] = [fields.optionalNumber(), fields.optionalNumber()];
    const isSpared = fields.boolean();
    if (seconds === undefined || due === undefined) return;
    setSwitch(this.state, { user, key, seconds, due, isSpared });
  }

  readonly #scopes = new Map<string, readonly (Scope | Role)[]>([['-', []]]);

  /** Most keys have the same, and share them. */
  #scopesOf(text: string): readonly (Scope | Role)[] {
    const known = this.#scopes.get(text);
    if (known !== undefined) return known;
    const scopes = text.split(',') as (Scope | Role)[];
    this.#scopes.set(text, scopes);
    return scopes;
  }

  #readFormerKey(fields: StateFields): void {
    const user = this.#user(fields.number());
    const publicKey = fields.publicKey();
    user.formerKeys = user.formerKeys.concat(publicKey);
    this.state.userByKey.set(publicKey.toHex(), user);
  }

  #readBalance(fields: StateFields): void {
    const account = accountOf(this.#user(fields.number()), this.#asset(fields.number()));
    account.free = fields.amount();
    account.locked = fields.amount();
  }

  #readWithdrawn(fields: StateFields): void {
    const user = this.#user(fields.number());
    const { slot } = this.#asset(fields.number());
    const withdrawn = { day: fields.number(), quantity: fields.amount() };
    user.withdrawn = withSlot(user.withdrawn, slot, withdrawn);
  }

  #readLimit(fields: StateFields): void {
    const user = this.#user(fields.number());
    const { slot } = this.#asset(fields.number());
    user.dailyLimits = withSlot(user.dailyLimits, slot, fields.amount());
  }

  #readMarket(fields: StateFields): void {
    const stock = this.#asset(fields.number());
    const unit = this.#asset(fields.number());
    const rules = {
      status: fields.oneOf(MARKET_STATUSES),
      tick: fields.amount(),
      lot: fields.amount(),
      minQuantity: fields.amount(),
      maxQuantity: fields.amount(),
      minValue: fields.amount(),
      maxValue: fields.amount(),
      priceBandPpm: fields.number(),
      maxOpenOrders: fields.number(),
      selfTrade: fields.oneOf(SELF_TRADE_MODES),
    };
    const { state } = this;
    const market: Market = {
      slot: state.markets.length,
      stock,
      unit,
      makerPpm: fields.number(),
      takerPpm: fields.number(),
      rules: { ...rules, referencePrice: fields.amount() },
      limits: undefined,
      lastPrice: fields.amount(),
      haltReason: fields.json() as string,
      bookSequence: fields.number(),
      ...createBooks(),
      timeCreated: fields.number(),
      timeChanged: fields.number(),
    };
    if (findMarket(state, { stockId: stock.id, unitId: unit.id }) !== undefined) {
      throw new NoState(`market ${stock.id}/${unit.id} comes twice`);
    }
    state.markets.push(market);
    const byStock = state.marketByUnit.get(unit.id) ?? new Map<number, Market>();
    state.marketByUnit.set(unit.id, byStock.set(stock.id, market));
    this.#market = market;
  }

  #readOrder(fields: StateFields): void {
    const market = this.#market;
    if (market === undefined) throw new NoState('an order stands before its market');
    const id = fields.number();
    const side = fields.oneOf(SIDES);
    const user = this.#user(fields.number());
    const price = fields.amount();
    const remaining = fields.amount();
    const quantity = fields.amount();
    const makerPpm = fields.number();
    const place = fields.number();
    const clientOrderId = fields.isAbsent() ? undefined : (fields.json() as string);
    const timeInForce = fields.oneOf(TIMES_IN_FORCE);
    const goodUntil = fields.optionalNumber();
    const [value, fee, time] = [fields.amount(), fields.amount(), fields.number()];
    const lock = lockFor(side, { price, quantity: remaining });
    const terms = { id, user, market, side, type: 'limit', timeInForce, clientOrderId } as const;
    const order = new Order({ ...terms, goodUntil, price, quantity, lock, makerPpm, time });
    order.remaining = remaining;
    order.place = place;
    order.value = value;
    order.fee = fee;
    order.timeLastTrade = fields.optionalNumber();
    order.timeChanged = fields.number();
    this.#orders.push(order);
  }

  #readSweep(fields: StateFields): void {
    this.state.sweeps.set(this.#user(fields.number()), fields.oneOf(SWEEP_REASONS));
  }

  #readDeposit(fields: StateFields): void {
    const deposit: Deposit = {
      id: fields.number(),
      user: this.#user(fields.number()),
      asset: this.#asset(fields.number()),
      quantity: fields.amount(),
      status: fields.oneOf(EXTERNAL_STATUSES),
      output: fields.number(),
      ...this.#route(fields),
      timeCreated: fields.number(),
      timeChanged: fields.number(),
    };
    this.state.deposits.set(deposit.id, deposit);
  }

  #readWithdrawal(fields: StateFields): void {
    putWithdrawal(this.state, {
      id: fields.number(),
      user: this.#user(fields.number()),
      asset: this.#asset(fields.number()),
      quantity: fields.amount(),
      fee: fields.amount(),
      status: fields.oneOf(EXTERNAL_STATUSES),
      claimedBy: fields.optionalNumber(),
      ...this.#route(fields),
      timeCreated: fields.number(),
      timeChanged: fields.number(),
    });
  }

  #route(fields: StateFields): Pick<Deposit, 'address' | 'memo' | 'txid' | 'reason'> {
    const [address, memo, txid, reason] = fields.json() as [string, string, string, string];
    return { address, memo, txid, reason };
  }

  #readWanted(fields: StateFields): void {
    wantAddress(this.state, this.#user(fields.number()), this.#asset(fields.number()));
  }

  #readAddress(fields: StateFields): void {
    const [asset, user] = [this.#asset(fields.number()), this.#user(fields.number())];
    const [address, memo] = fields.json() as [string, string];
    putAddress(this.state, { asset, user, address, memo });
  }

  /** Orders came to stand by their places, and so they do again. */
  finish(): State {
    this.#orders.sort((left, right) => left.place - right.place);
    for (const order of this.#orders) standInBook(this.state, order);
    return this.state;
  }

  #user(id: number): User {
    const user = this.state.users[id];
    if (user === undefined) throw new NoState(`there is no user ${id}`);
    return user;
  }

  #asset(id: number): Asset {
    const asset = this.state.assetById.get(id);
    if (asset === undefined) throw new NoState(`there is no asset ${id}`);
    return asset;
  }
}
