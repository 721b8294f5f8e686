// The words of the state's text, read one after the other. It moves through a long text with many lines
// and copies nothing that it need not: millions of lines are read at every start.

import { fromHex, ID_MAX } from '@picostocks/protocol';

const LINE_FEED = 0x0a;
const SPACE = 0x20;
const QUOTE = 0x22;
const MINUS = 0x2d;
const ZERO = 0x30;
const BACKSLASH = 0x5c;
/** Digits of a number, which is below 2⁵³. */
const DIGITS_MAX = 16;

/** A text that is no state. */
export class NoState extends Error {
  override readonly name = 'NoState';
  readonly code = 'no_state';
}

export class StateFields {
  /** Whole lines, each with its line feed. */
  readonly #text: string;
  #at = 0;
  /** Was the word that was read last the last of its line? */
  #isLineOver = true;

  constructor(text: string) {
    if (!text.endsWith('\n')) throw new NoState('the last line is not ended');
    this.#text = text;
  }

  /** Goes to the next line, of which there must be nothing left before; `false` where there is none. */
  nextLine(): boolean {
    if (!this.#isLineOver) throw new NoState(`a line is too long: ${this.#lineAround()}`);
    this.#isLineOver = this.#at === this.#text.length;
    return !this.#isLineOver;
  }

  text(): string {
    const from = this.#begin();
    let end = from;
    while (this.#isInWord(end)) end += 1;
    return this.#take(end);
  }

  /** One of some words: the word itself, not a copy of it. */
  oneOf<Word extends string>(words: readonly Word[]): Word {
    const text = this.text();
    const known = words[words.indexOf(text as Word)];
    if (known === undefined) throw new NoState(`${text} is none of ${words.join(', ')}`);
    return known;
  }

  /** Everything to the end of the line. */
  rest(): string {
    this.#begin();
    return this.#take(this.#text.indexOf('\n', this.#at));
  }

  number(): number {
    const from = this.#begin();
    let end = from;
    let number = 0;
    for (; ; end += 1) {
      const digit = this.#text.charCodeAt(end) - ZERO;
      if (digit < 0 || digit > 9) break;
      number = number * 10 + digit;
    }
    const digits = end - from;
    const isCanonical = digits === 1 || this.#text.charCodeAt(from) !== ZERO;
    const isNumber = digits > 0 && digits <= DIGITS_MAX && isCanonical && number <= ID_MAX;
    if (!isNumber || this.#isInWord(end)) throw new NoState(`${this.text()} is no number`);
    this.#pass(end);
    return number;
  }

  /** Is the next word the sign for nothing? Then it is taken. */
  isAbsent(): boolean {
    const from = this.#begin();
    if (this.#text.charCodeAt(from) !== MINUS || this.#isInWord(from + 1)) return false;
    this.#pass(from + 1);
    return true;
  }

  optionalNumber(): number | undefined {
    return this.isAbsent() ? undefined : this.number();
  }

  amount(): bigint {
    const from = this.#begin();
    const digits = this.#text.charCodeAt(from) === MINUS ? from + 1 : from;
    let end = digits;
    while (this.#isDigit(end)) end += 1;
    if (end === digits || this.#isInWord(end)) throw new NoState(`${this.text()} is no amount`);
    const isZero = end === from + 1 && this.#text.charCodeAt(from) === ZERO;
    const amount = isZero ? 0n : BigInt(this.#text.slice(from, end));
    this.#pass(end);
    return amount;
  }

  boolean(): boolean {
    return this.oneOf(['true', 'false']) === 'true';
  }

  publicKey(): Uint8Array {
    const word = this.text();
    const key = fromHex(word);
    if (key?.length !== 32) throw new NoState(`${word} is no key`);
    return key;
  }

  /** `null`, or a text or array of texts: a JSON text has no space outside its quotes. */
  json(): unknown {
    const from = this.#begin();
    let isQuoted = false;
    let end = from;
    for (; isQuoted || this.#isInWord(end); end += 1) {
      const code = this.#text.charCodeAt(end);
      // It ends every text, so nothing may step over it.
      if (code === LINE_FEED) break;
      if (code === QUOTE) isQuoted = !isQuoted;
      else if (code === BACKSLASH && this.#text.charCodeAt(end + 1) !== LINE_FEED) end += 1;
    }
    const word = this.#take(end);
    if (word === 'null') return null;
    try {
      return JSON.parse(word);
    } catch (cause) {
      throw new NoState(`${word} is no JSON`, { cause });
    }
  }

  #begin(): number {
    if (this.#isLineOver) throw new NoState(`a line is too short: ${this.#lineAround()}`);
    return this.#at;
  }

  #isInWord(at: number): boolean {
    const code = this.#text.charCodeAt(at);
    return code !== SPACE && code !== LINE_FEED;
  }

  #isDigit(at: number): boolean {
    const digit = this.#text.charCodeAt(at) - ZERO;
    return digit >= 0 && digit <= 9;
  }

  #take(end: number): string {
    const word = this.#text.slice(this.#at, end);
    if (word === '') throw new NoState(`a word is empty: ${this.#lineAround()}`);
    this.#pass(end);
    return word;
  }

  /** Goes behind a word and what ends it. */
  #pass(end: number): void {
    this.#isLineOver = this.#text.charCodeAt(end) === LINE_FEED;
    this.#at = end + 1;
  }

  #lineAround(): string {
    const from = this.#text.lastIndexOf('\n', this.#at - 2) + 1;
    return this.#text.slice(from, this.#text.indexOf('\n', Math.max(from, this.#at - 1)));
  }
}
