// The words of one line of the state's text, read one after the other.

import { fromHex, parseId } from '@picostocks/protocol';

const JSON_TEXT = '"(?:[^"\\\\]|\\\\.)*"';
const JSON_WORD = new RegExp(`^(?:null|${JSON_TEXT}|\\[${JSON_TEXT}(?:,${JSON_TEXT})*\\])`);

/** A text that is no state. */
export class NoState extends Error {
  override readonly name = 'NoState';
  readonly code = 'no_state';
}

/** A JSON text has no space outside its quotes. */
export class StateFields {
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

  /** Is the next word the sign for nothing? Then it is taken. */
  isAbsent(): boolean {
    if (this.#line[this.#at] !== '-') return false;
    this.text();
    return true;
  }

  optionalNumber(): number | undefined {
    return this.isAbsent() ? undefined : this.number();
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

  publicKey(): Uint8Array {
    const word = this.text();
    const key = fromHex(word);
    if (key === undefined) throw new NoState(`${word} is no key`);
    return key;
  }

  /** `null`, or a text or array of texts, to its closing quote or bracket. */
  json(): unknown {
    const match = JSON_WORD.exec(this.#line.slice(this.#at));
    if (match === null) throw new NoState(`a line has no JSON: ${this.#line}`);
    return JSON.parse(this.#take(this.#at + match[0].length));
  }
}
