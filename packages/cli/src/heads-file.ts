// The heads that `audit watch` has verified, in a file that is evidence: its first line names the exchange
// and the key of its heads, every other line is a head with its signature. Lines are only ever appended.

import {
  appendFileSync,
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  readSync,
  truncateSync,
} from 'node:fs';
import type { HeadStorage, KeptHead } from '@picostocks/client';
import { decodeHeadLine, encodeHeadLine } from '@picostocks/protocol';
import { UsageError } from './failure.ts';

const KEY_LINE = /^KEY:1:([0-9a-f]{32}):([0-9a-f]{64})$/;
/** More than the longest line. */
const LINE_BYTES_MAX = 4_096;

export class HeadsFile implements HeadStorage {
  readonly #path: string;
  #exchange: string | undefined;
  #last: KeptHead | undefined;

  /** @throws UsageError if there is a file that is no such file. */
  constructor(path: string) {
    this.#path = path;
    if (existsSync(path)) this.#read();
  }

  /** Whose heads these are; `undefined` before the first. */
  get exchange(): string | undefined {
    return this.#exchange;
  }

  get(exchange: string): KeptHead | undefined {
    return exchange === this.#exchange ? this.#last : undefined;
  }

  /** The head of an entry that is kept, the later one where there are two. */
  find(sequence: number): KeptHead | undefined {
    const headKey = this.#last?.headKey;
    if (headKey === undefined) return undefined;
    const lines = readFileSync(this.#path, 'latin1').split('\n');
    const found = lines.findLast((line) => decodeHeadLine(line)?.head.sequence === sequence);
    const head = found === undefined ? undefined : decodeHeadLine(found);
    return head && { text: head.text, signature: head.signature, headKey };
  }

  set(exchange: string, kept: KeptHead): void {
    const first = this.#last === undefined ? `KEY:1:${exchange}:${kept.headKey}\n` : '';
    const file = openSync(this.#path, 'a', 0o600);
    try {
      appendFileSync(file, `${first}${encodeHeadLine(kept)}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    this.#exchange = exchange;
    this.#last = kept;
  }

  #read(): void {
    const { first, last, torn } = readEnds(this.#path);
    // Nothing was written whole: as good as no file.
    if (last !== '') {
      const [, exchange, headKey = ''] = KEY_LINE.exec(first) ?? [];
      const head = decodeHeadLine(last);
      const isWhole = exchange !== undefined && head?.head.exchange === exchange;
      if (!isWhole) throw new UsageError(`${this.#path} is no file of heads, or is damaged`);
      this.#exchange = exchange;
      this.#last = { text: head.text, signature: head.signature, headKey };
    }
    if (torn !== undefined) truncateSync(this.#path, torn);
  }
}

/** The first and the last whole line, and where a line begins that has no end. */
function readEnds(path: string) {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const read = (start: number): string => {
      const bytes = Buffer.alloc(Math.min(LINE_BYTES_MAX, size));
      return bytes.toString('latin1', 0, readSync(file, bytes, 0, bytes.length, start));
    };
    const start = Math.max(0, size - LINE_BYTES_MAX);
    const [begin, end] = [read(0), read(start)];
    const lines = end.split('\n');
    const rest = lines.pop() ?? '';
    const isKeyOnly = start === 0 && lines.length === 1 && KEY_LINE.test(lines[0] ?? '');
    if (isKeyOnly) return { first: '', last: '', torn: 0 };
    const torn = rest === '' ? undefined : size - rest.length;
    return { first: begin.split('\n')[0] ?? '', last: lines.at(-1) ?? '', torn };
  } finally {
    closeSync(file);
  }
}
