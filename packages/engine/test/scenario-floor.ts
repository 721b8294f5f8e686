// One exchange of a scenario table: its words become entries, and what happened becomes words again.
// How a table is read is told in scenarios.test.ts.

import { EntryMaker, FAKE_PROOF, fakeKey } from '@picostocks/engine/testing';
import {
  ENVELOPE_PARAMS,
  type Entry,
  type EnvelopeParams,
  type EnvelopeType,
  type Event,
  formatAmount,
  fromHex,
  OPERATION_PARAMS,
  ORDER_VERBS,
  type OrderVerb,
  parseAmount,
  toHex,
  type Written,
} from '@picostocks/protocol';

export type Unhashed = Omit<Entry, 'hash'>;

const ASSETS = ['share', 'usd', 'gold'] as const;
const SECOND = 1_000_000;
/** Keys with names of their own, which are no users, are numbered from here. */
const NAMED_KEYS = 10 ** 12;

interface Shape {
  readonly type?: string;
}
type Shapes = Record<string, Shape>;

/** Who gives a command, with which of his keys: `alice`, or `alice/1`. */
interface Signer {
  readonly userId: number;
  readonly keyId: number;
}

export class Floor {
  readonly maker: EntryMaker;
  readonly ids = new Map<string, number>([
    ['operator', 0],
    ['nobody', 999],
    ['nothing', 99],
    ...ASSETS.map((code, index): [string, number] => [code, index + 1]),
  ]);
  readonly names: string[] = ['operator'];
  readonly #keyNames: string[] = [];

  constructor(sandbox: boolean) {
    this.maker = new EntryMaker({ sandbox });
  }

  /** A new name is the next user's. */
  idOf(name: string): number {
    const id = this.ids.get(name) ?? this.names.length;
    if (!this.ids.has(name)) this.names.push(name);
    this.ids.set(name, id);
    return id;
  }

  opening(givens: readonly string[]): Unhashed[] {
    const entries = [this.maker.genesis()];
    for (const code of ASSETS) {
      entries.push(this.entry(`operator create_asset stock_id=${code} code=${code}`));
    }
    entries.push(this.entry('operator list_market stock_id=share unit_id=usd'));
    for (const given of givens.filter((text) => text !== 'no sandbox')) {
      const [, name = '', rest = ''] = /^(\w+) ?(.*)$/.exec(given) ?? [];
      entries.push(this.entry(`operator register_user public_key=${name}`));
      for (const money of rest === '' ? [] : rest.split(', ')) {
        const [quantity, code] = money.split(' ');
        const what = `user_id=${name} stock_id=${code} quantity=${quantity}`;
        entries.push(this.entry(`operator credit_deposit ${what} txid=given:${name}:${code}`));
      }
    }
    return entries;
  }

  // --- Commands ------------------------------------------------------------------------------------

  /** Where a command is given more than once, a star in it stands for the how-manieth it is. */
  entry(command: string, count = 1): Unhashed {
    this.maker.elapse(1);
    const words = command.replaceAll('*', `${count}`).split(/ +/);
    const [name = '', verb = '', ...rest] = words.filter((word) => !word.startsWith('!'));
    if (name === 'TICK') {
      if (verb !== '') this.#goTo(verb);
      return this.maker.tick();
    }
    for (const word of words) if (word.startsWith('!at=')) this.#goTo(word.slice('!at='.length));
    const signer = this.#signer(name);
    const forgery = this.#forgery(signer, words);
    if (name === 'REGISTER') return this.maker.register(this.idOf(verb), forgery);
    const real = signer.userId < this.names.length ? {} : { nonce: 1 };
    if (ORDER_VERBS.some((known) => known === verb)) {
      const [quantity = '', stock = '', , price = '', unit = ''] = rest;
      const pair = { stockId: this.idOf(stock), unitId: this.idOf(unit) };
      const amounts = { quantity: parseAmount(quantity) ?? -1n, price: parseAmount(price) ?? -1n };
      const order = { verb: verb as OrderVerb, userId: signer.userId, ...pair, ...amounts };
      return this.maker.order(order, { ...real, ...forgery });
    }
    const type = verb as EnvelopeType;
    const params = this.#params(type, rest, signer);
    return this.maker.envelope({ ...signer, type, params }, { ...real, ...forgery });
  }

  #signer(name: string): Signer {
    const [user = '', keyId = '0'] = name.split('/');
    return { userId: user === 'REGISTER' ? 0 : this.idOf(user), keyId: Number(keyId) };
  }

  /** `t60` is a minute after the first entry. */
  #timeOf(word: string): number {
    return 1 + Number(word.slice(1)) * SECOND;
  }

  #goTo(word: string): void {
    this.maker.elapse(this.#timeOf(word) - this.maker.time);
  }

  #params<T extends EnvelopeType>(
    type: T,
    words: readonly string[],
    signer: Signer,
  ): Written<EnvelopeParams<T>> {
    const shapes = ENVELOPE_PARAMS[type].properties as Shapes;
    const params =
      type === 'batch'
        ? { operations: this.#operations(words, signer) }
        : this.#object(shapes, words, signer);
    if ('proof' in shapes) params['proof'] = FAKE_PROOF;
    return params as Written<EnvelopeParams<T>>;
  }

  /** The operations of a batch stand one after the other, with a semicolon between them. */
  #operations(words: readonly string[], signer: Signer): unknown[] {
    return words
      .join(' ')
      .split(' ; ')
      .map((text) => {
        const [operation = '', ...rest] = text.split(' ');
        const { properties } = OPERATION_PARAMS[operation as keyof typeof OPERATION_PARAMS];
        return { operation, ...this.#object(properties as Shapes, rest, signer) };
      });
  }

  #object(shapes: Shapes, words: readonly string[], signer: Signer): Record<string, unknown> {
    const pairs = words.map((word): [string, unknown] => {
      const at = word.indexOf('=');
      const [key, value] = [word.slice(0, at), word.slice(at + 1)];
      return [key, this.#value(key, value, { shape: shapes[key], signer })];
    });
    return Object.fromEntries(pairs);
  }

  #value(
    key: string,
    value: string,
    { shape, signer }: { readonly shape: Shape | undefined; readonly signer: Signer },
  ): unknown {
    if (key === 'public_key') return toHex(this.#keyNamed(value));
    if (key === 'lines') return value.split(',').map((line) => this.#correctionLine(line));
    if (key === 'hash') return this.maker.headBefore().hash;
    if (value === 'before') return this.maker.headBefore().sequence;
    if (value === 'null') return null;
    if (shape?.type === 'array') return value === '' ? [] : value.split(',');
    if (shape?.type === 'boolean') return value === 'true';
    if (key === 'good_until') return this.#timeOf(value);
    if (shape?.type !== 'integer' && key !== 'seconds') return value;
    if (value === 'own_key') return signer.keyId;
    return /^\d+$/.test(value) ? Number(value) : this.idOf(value);
  }

  /** `alice:credit:5:usd` */
  #correctionLine(line: string): Record<string, unknown> {
    const [name = '', direction, quantity, code = ''] = line.split(':');
    return { user_id: this.idOf(name), stock_id: this.idOf(code), direction, quantity };
  }

  /** A user's first key has his name; another name is that of a key which is nobody's yet. */
  #keyNamed(name: string): Uint8Array {
    if (!name.startsWith('key')) return fakeKey(this.idOf(name));
    if (!this.#keyNames.includes(name)) this.#keyNames.push(name);
    return fakeKey(NAMED_KEYS + this.#keyNames.indexOf(name));
  }

  #forgery({ userId, keyId }: Signer, words: readonly string[]): Record<string, unknown> {
    const wrongs = words.filter((word) => word.startsWith('!') && !word.startsWith('!at='));
    const pairs = wrongs.map((wrong): [string, unknown] => {
      const [what = '', value = ''] = wrong.slice(1).split('=');
      if (what === 'nonce') return ['nonce', this.maker.nonceOf(userId, keyId) + Number(value)];
      if (what === 'expires') return ['expires', this.maker.time + Number(value)];
      if (what === 'key') return ['key', this.#keyNamed(value)];
      if (what === 'key_id') return ['keyId', Number(value)];
      if (what === 'exchange') return ['exchange', 'ab'.repeat(16)];
      throw new Error(`nothing to do for !${wrong}`);
    });
    return Object.fromEntries(pairs);
  }

  /** Who has a new key signs with it from now on. */
  noteKeys(events: readonly Event[]): void {
    for (const event of events) {
      if (event.kind !== 'key_added' && event.kind !== 'key_rotated') continue;
      const { userId, keyId, publicKey } = event;
      this.maker.bindKey({ userId, keyId, key: fromHex(publicKey) ?? fakeKey(0) });
    }
  }

  // --- What a table says of events and state -------------------------------------------------------

  #money(amount: bigint | string, stockId: number | string): string {
    return `${short(BigInt(amount))} ${ASSETS[Number(stockId) - 1] ?? stockId}`;
  }

  #time(time: number): string {
    return `t${(time - 1) / SECOND}`;
  }

  renderEvent(event: Event): string {
    const { names } = this;
    switch (event.kind) {
      case 'command_rejected':
        return `rejected ${event.reason}`;
      case 'command_void':
        return `void ${event.reason}`;
      case 'operation_ended':
        return `operation_ended ${event.index}${event.rejection ? `: ${event.rejection}` : ''}`;
      case 'user_registered':
      case 'user_unfrozen':
      case 'user_changed':
        return `${event.kind} ${names[event.userId]}`;
      case 'user_frozen':
        return `user_frozen ${names[event.userId]}: ${event.reason}`;
      case 'key_added':
        return `key_added ${names[event.userId]}/${event.keyId}: ${event.scopes.join(' ')}`.trim();
      case 'key_rotated':
      case 'key_revoked':
      case 'switch_fired':
      case 'switch_spared':
        return `${event.kind} ${names[event.userId]}/${event.keyId}`;
      case 'switch_set':
        return `switch_set ${event.seconds}`;
      case 'fee_tier_changed':
        return `fee_tier_changed ${event.tier}`;
      default:
        return this.#renderOrderEvent(event) ?? this.#renderMoneyEvent(event) ?? event.kind;
    }
  }

  #renderOrderEvent(event: Event): string | undefined {
    const { names } = this;
    switch (event.kind) {
      case 'order_placed': {
        const what = this.#money(event.quantity, event.stockId);
        const price = this.#money(event.price, event.unitId);
        const marks = [
          event.type === 'market' ? ', market' : '',
          event.timeInForce === 'gtc' ? '' : `, ${event.timeInForce}`,
          event.goodUntil === undefined ? '' : ` ${this.#time(event.goodUntil)}`,
          event.clientOrderId === undefined ? '' : `, called ${event.clientOrderId}`,
        ];
        const terms = `${event.side} ${what} at ${price}${marks.join('')}`;
        return `order_placed ${event.orderId}: ${names[event.userId]} ${terms}`;
      }
      case 'order_filled': {
        const { stockId, unitId } = event;
        const who = `${names[event.bidUserId]} buys from ${names[event.askUserId]}`;
        const what = `${this.#money(event.quantity, stockId)} at ${this.#money(event.price, unitId)}`;
        const fees = `${this.#money(event.bidFee, stockId)} and ${this.#money(event.askFee, unitId)}`;
        const cost = this.#money(event.cost, unitId);
        const orders = `bid ${event.bidOrderId} ask ${event.askOrderId}`;
        return `order_filled ${event.tradeId} (${orders}): ${who} ${what}, cost ${cost}, fees ${fees}`;
      }
      case 'order_rested':
        return `order_rested ${event.orderId}: ${short(event.remaining)}`;
      case 'order_amended': {
        const what = this.#money(event.quantity, event.stockId);
        const price = this.#money(event.price, event.unitId);
        const place = event.keepsPlace ? 'keeps its place' : 'loses its place';
        return `order_amended ${event.orderId}: ${what} at ${price}, ${short(event.remaining)} left, ${place}`;
      }
      case 'order_cancelled': {
        const amounts = `${short(event.quantity)} off, ${short(event.remaining)} left`;
        return `order_cancelled ${event.orderId}: ${amounts}, by ${event.reason}`;
      }
      case 'order_closed': {
        const by = event.status === 'cancelled' ? ` by ${event.reason}` : '';
        const filled = `${short(event.filled)} of ${short(event.quantity)}`;
        const sums = `for ${this.#money(event.value, event.unitId)}`;
        const feeAsset = event.side === 'bid' ? event.stockId : event.unitId;
        const fee = event.fee === 0n ? '' : `, fee ${this.#money(event.fee, feeAsset)}`;
        return `order_closed ${event.orderId}: ${event.status}${by}, ${filled} ${sums}${fee}`;
      }
      default:
        return undefined;
    }
  }

  #renderMoneyEvent(event: Event): string | undefined {
    const { names } = this;
    switch (event.kind) {
      case 'deposit_changed': {
        const what = this.#money(event.quantity, event.stockId);
        const reason = event.reason === '' ? '' : `: ${event.reason}`;
        return `deposit_changed ${event.depositId}: ${names[event.userId]} ${what}, ${event.status}${reason}`;
      }
      case 'withdrawal_changed': {
        const what = this.#money(event.quantity, event.stockId);
        const marks = [
          event.fee === 0n ? '' : `, fee ${short(event.fee)}`,
          `, ${event.status}`,
          event.claimedBy === undefined ? '' : ` by key ${event.claimedBy}`,
          event.txid === '' ? '' : `, in ${event.txid}`,
          event.reason === '' ? '' : `: ${event.reason}`,
        ];
        const whose = `withdrawal_changed ${event.withdrawalId}: ${names[event.userId]}`;
        return `${whose} ${what}${marks.join('')}`;
      }
      case 'address_requested':
        return `address_requested ${names[event.userId]} ${ASSETS[event.stockId - 1]}`;
      case 'address_registered': {
        const where = `${event.address} ${event.memo}`.trim();
        return `address_registered ${names[event.userId]} ${ASSETS[event.stockId - 1]}: ${where}`;
      }
      case 'corrected': {
        const who = event.userId === 0 ? 'outside' : names[event.userId];
        const what = `${event.direction} ${this.#money(event.quantity, event.stockId)}`;
        return `corrected ${event.transferId}: ${who} ${what}, entry ${event.corrects}: ${event.reason}`;
      }
      case 'transferred': {
        const who = `${names[event.fromUserId]} to ${names[event.toUserId]}`;
        return `transferred ${event.transferId}: ${who} ${this.#money(event.quantity, event.stockId)}`;
      }
      default:
        return undefined;
    }
  }

  /** The balances that are not zero and the books, from the engine's own description. */
  renderState(description: string): string[] {
    let market: readonly string[] = [];
    return description.split('\n').flatMap((line) => {
      const [word, ...fields] = line.split(' ');
      const [first = '', second = '', third = '', fourth = '', fifth = ''] = fields;
      if (word === 'market') market = fields;
      if (word === 'balance' && third === '0' && fourth === '0') return [];
      if (word === 'balance') {
        const locked = fourth === '0' ? '' : `, ${short(BigInt(fourth))} locked`;
        return [`${this.names[Number(first)]} ${this.#money(third, second)} free${locked}`];
      }
      if (word !== 'order') return [];
      const what = `${this.#money(fifth, market[0] ?? '')} at ${this.#money(fourth, market[1] ?? '')}`;
      return [`${second} ${first} ${this.names[Number(third)]} ${what}`];
    });
  }
}

function short(amount: bigint): string {
  return formatAmount(amount).replace(/\.?0+$/, '');
}
