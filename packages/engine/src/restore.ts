// From the state's text back to the state (docs/protocol.md §6.6): what a snapshot is read with. It
// refuses what does not fit, but it does not judge: the caller compares the hash, and the sums.

import { fromHex, parseId, type Side, toHex } from '@picostocks/protocol';
import { accountOf } from './ledger.ts';
import { enterBook, lockFor } from './open-orders.ts';
import { Order } from './order.ts';
import {
  type Asset,
  createBooks,
  createState,
  findMarket,
  type Market,
  type State,
  type User,
} from './state.ts';

const JSON_TEXT = '"(?:[^"\\\\]|\\\\.)*"';
const JSON_WORD = new RegExp(`^(?:null|${JSON_TEXT}|\\[${JSON_TEXT}(?:,${JSON_TEXT})*\\])`);

/** A text that is no state. */
export class NoState extends Error {
  override readonly name = 'NoState';
  readonly code = 'no_state';
}

/**
 * Builds the state that `describeState` wrote, from its lines without their line feeds.
 *
 * @throws NoState
 */
export function restoreState(lines: Iterable<string>): State {
  const reader = new StateReader();
  for (const line of lines) reader.read(line);
  return reader.finish();
}

class StateReader {
  readonly state: State = createState();
  readonly #orders: Order[] = [];
  #market: Market | undefined;

  read(line: string): void {
    const space = line.indexOf(' ');
    const word = line.slice(0, space);
    const readLine = this.#readers.get(word);
    if (readLine === undefined) {
      throw new NoState(`no line of a state begins with ${JSON.stringify(word)}`);
    }
    readLine(new Fields(line, space + 1));
  }

  readonly #readers = new Map<string, (fields: Fields) => void>([
    ['exchange', (fields) => this.#readExchange(fields)],
    ['clock', (fields) => this.#readClock(fields)],
    ['next', (fields) => this.#readNext(fields)],
    ['recovered', (fields) => this.#readRecovered(fields)],
    ['settings', (fields) => this.#readSettings(fields)],
    ['asset', (fields) => this.#readAsset(fields)],
    ['user', (fields) => this.#readUser(fields)],
    ['key', (fields) => this.#readKey(fields)],
    ['balance', (fields) => this.#readBalance(fields)],
    ['market', (fields) => this.#readMarket(fields)],
    ['order', (fields) => this.#readOrder(fields)],
    ['deposit', (fields) => void this.state.depositsCredited.add(fields.rest())],
  ]);

  #readExchange(fields: Fields): void {
    this.state.exchange = fields.text();
    this.state.rules = fields.number();
    this.state.sandbox = fields.boolean();
  }

  #readClock(fields: Fields): void {
    this.state.sequence = fields.number();
    this.state.time = fields.number();
  }

  #readNext(fields: Fields): void {
    const { state } = this;
    state.orderIdNext = fields.number();
    state.tradeIdNext = fields.number();
    state.depositIdNext = fields.number();
    state.transferIdNext = fields.number();
  }

  #readRecovered(fields: Fields): void {
    this.state.nonceOffset = fields.number();
  }

  #readSettings(fields: Fields): void {
    const { settings } = this.state;
    settings.registrationOpen = fields.boolean();
    settings.gift = fields.amount();
    settings.feeUserId = fields.optionalNumber();
  }

  #readAsset(fields: Fields): void {
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

  #readUser(fields: Fields): void {
    const id = fields.number();
    if (id !== this.state.users.length) throw new NoState(`user ${id} is out of order`);
    this.state.users.push({ id, keys: [], accounts: [], ownOrders: [] });
  }

  #readKey(fields: Fields): void {
    const user = this.#user(fields.number());
    const keyId = fields.number();
    const publicKey = fromHex(fields.text());
    if (publicKey === undefined || keyId !== user.keys.length) {
      throw new NoState(`key ${keyId} of user ${user.id} is none`);
    }
    user.keys.push({ publicKey, nonceNext: fields.number() });
    this.state.userByKey.set(toHex(publicKey), user);
  }

  #readBalance(fields: Fields): void {
    const account = accountOf(this.#user(fields.number()), this.#asset(fields.number()));
    account.free = fields.amount();
    account.locked = fields.amount();
  }

  #readMarket(fields: Fields): void {
    const stock = this.#asset(fields.number());
    const unit = this.#asset(fields.number());
    const rules = {
      status: fields.text() as Market['rules']['status'],
      tick: fields.amount(),
      lot: fields.amount(),
      minQuantity: fields.amount(),
      maxQuantity: fields.amount(),
      minValue: fields.amount(),
      maxValue: fields.amount(),
      priceBandPpm: fields.number(),
      maxOpenOrders: fields.number(),
      selfTrade: fields.text() as Market['rules']['selfTrade'],
    };
    const { state } = this;
    const market: Market = {
      slot: state.markets.length,
      stock,
      unit,
      makerPpm: fields.number(),
      takerPpm: fields.number(),
      rules: { ...rules, referencePrice: fields.amount() },
      lastPrice: fields.amount(),
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

  #readOrder(fields: Fields): void {
    const market = this.#market;
    if (market === undefined) throw new NoState('an order stands before its market');
    const id = fields.number();
    const side = fields.text() as Side;
    const user = this.#user(fields.number());
    const price = fields.amount();
    const remaining = fields.amount();
    const quantity = fields.amount();
    const makerPpm = fields.number();
    const lock = lockFor(side, { price, quantity: remaining });
    const time = fields.number();
    const order = new Order({ id, user, market, side, price, quantity, lock, makerPpm, time });
    order.remaining = remaining;
    this.#orders.push(order);
  }

  /** Orders entered their books in the order of their ids, and so they do again. */
  finish(): State {
    this.#orders.sort((left, right) => left.id - right.id);
    for (const order of this.#orders) enterBook(order);
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

/** The words of a line, one after the other. A JSON text has no space outside its quotes. */
class Fields {
  readonly #line: string;
  #at: number;

  constructor(line: string, at: number) {
    this.#line = line;
    this.#at = at;
  }

  text(): string {
    const space = this.#line.indexOf(' ', this.#at);
    const end = space === -1 ? this.#line.length : space;
    return this.#take(end);
  }

  #take(end: number): string {
    const word = this.#line.slice(this.#at, end);
    if (word === '') throw new NoState(`a line is too short: ${this.#line}`);
    this.#at = end + 1;
    return word;
  }

  rest(): string {
    return this.#take(this.#line.length);
  }

  number(): number {
    const word = this.text();
    const number = parseId(word);
    if (number === undefined) throw new NoState(`${word} is no number`);
    return number;
  }

  optionalNumber(): number | undefined {
    if (this.#line[this.#at] !== '-') return this.number();
    this.text();
    return undefined;
  }

  amount(): bigint {
    const word = this.text();
    if (!/^-?[0-9]+$/.test(word)) throw new NoState(`${word} is no amount`);
    return BigInt(word);
  }

  boolean(): boolean {
    const word = this.text();
    if (word !== 'true' && word !== 'false') throw new NoState(`${word} is neither true nor false`);
    return word === 'true';
  }

  /** `null`, or a text or array of texts, to its closing quote or bracket. */
  json(): unknown {
    const match = JSON_WORD.exec(this.#line.slice(this.#at));
    if (match === null) throw new NoState(`a line has no JSON: ${this.#line}`);
    return JSON.parse(this.#take(this.#at + match[0].length));
  }
}
