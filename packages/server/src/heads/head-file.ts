// The heads that were signed, one line each, for ever. They have a file of their own because they must
// outlive the history, which may be deleted: they are what this exchange has promised.
//
// A head is given to nobody before its line is fsynced. So a last line without its end was never
// promised, and is cut off at the start; a whole one may have been, and is fsynced before it counts.

import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import {
  decodeHeadLine,
  encodeHeadLine,
  hashHead,
  type LogHead,
  type SignedHead,
  ZERO_HASH,
} from '@picostocks/protocol';
import { createPrivateFile, syncFolder } from '../data-folder.ts';
import { ExchangeError } from '../exchange-error.ts';

/** A signed head and what it says. */
export interface KeptHead extends SignedHead {
  readonly head: LogHead;
}

/** What changes the file; a simulated disk fails here. */
export interface FileWriter {
  /** Answers how many bytes it wrote. */
  write(file: number, bytes: Uint8Array, position: number): number;
  truncate(file: number, length: number): void;
  /** Returns once all that was written is on the disk. */
  sync(file: number): void;
}

const SYSTEM_WRITER: FileWriter = {
  write: (file, bytes, position) => writeSync(file, bytes, 0, bytes.length, position),
  truncate: ftruncateSync,
  sync: fsyncSync,
};

/** More than the longest line. */
const TAIL_BYTES = 4_096;
const CHUNK_BYTES = 65_536;
const LINE_FEED = 0x0a;

export class HeadFile {
  readonly #path: string;
  readonly #file: number;
  readonly #writer: FileWriter;
  /** Bytes of whole lines. */
  #length: number;
  #last: KeptHead | undefined;

  /**
   * Opens the file, makes it if it is not there, and cuts off what a power cut left of a last line.
   *
   * @throws ExchangeError `heads_corrupt` when the last line is no head.
   */
  constructor(path: string, writer: FileWriter = SYSTEM_WRITER) {
    const isNew = !existsSync(path);
    createPrivateFile(path);
    if (isNew) syncFolder(dirname(path));
    this.#path = path;
    this.#writer = writer;
    this.#file = openSync(path, 'r+');
    // A process that was killed may have left a line that no power cut would spare; it counts from here on.
    this.#writer.sync(this.#file);
    this.#length = fstatSync(this.#file).size;
    const start = Math.max(0, this.#length - TAIL_BYTES);
    const tail = this.#bytes(start, this.#length);
    const end = tail.lastIndexOf(LINE_FEED) + 1;
    if (end === 0 && start > 0) throw this.#corrupt('its last line never ends');
    if (end < tail.length) this.#cut(start + end);
    if (end === 0) return;
    const line = tail.toString('latin1', tail.lastIndexOf(LINE_FEED, end - 2) + 1, end - 1);
    this.#last = this.#read(line);
  }

  /** The newest head. */
  get last(): KeptHead | undefined {
    return this.#last;
  }

  /**
   * Keeps a head, durably.
   *
   * @throws Error of the file system; the head is then not kept and must not be given away.
   */
  append(kept: KeptHead): void {
    const line = Buffer.from(`${encodeHeadLine(kept)}\n`, 'latin1');
    // What a failed write left must go: a line over it that is torn could end with the other's end.
    this.#writer.truncate(this.#file, this.#length);
    for (let done = 0; done < line.length; ) {
      done += this.#writer.write(this.#file, line.subarray(done), this.#length + done);
    }
    this.#writer.sync(this.#file);
    this.#length += line.length;
    this.#last = kept;
  }

  /**
   * All heads, the oldest first.
   *
   * @throws ExchangeError `heads_corrupt` for a line that is no head or does not name the one before.
   */
  *heads(): Generator<KeptHead> {
    let previous = ZERO_HASH;
    for (const line of this.#lines()) {
      const kept = this.#read(line);
      if (kept.head.previous !== previous) {
        throw this.#corrupt(
          `the head of entry ${kept.head.sequence} does not follow the one before`,
        );
      }
      previous = hashHead(kept.text);
      yield kept;
    }
  }

  close(): void {
    closeSync(this.#file);
  }

  *#lines(): Generator<string> {
    let rest = '';
    for (let at = 0; at < this.#length; at += CHUNK_BYTES) {
      const bytes = this.#bytes(at, Math.min(this.#length, at + CHUNK_BYTES));
      const lines = (rest + bytes.toString('latin1')).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
  }

  #bytes(start: number, end: number): Buffer {
    const bytes = Buffer.alloc(end - start);
    const length = readSync(this.#file, bytes, 0, bytes.length, start);
    return bytes.subarray(0, length);
  }

  #cut(length: number): void {
    this.#writer.truncate(this.#file, length);
    this.#writer.sync(this.#file);
    this.#length = length;
  }

  #read(line: string): KeptHead {
    const kept = decodeHeadLine(line);
    if (kept === undefined) throw this.#corrupt('a line is no signed head');
    return kept;
  }

  #corrupt(why: string): ExchangeError {
    return new ExchangeError({
      code: 'heads_corrupt',
      message: `${this.#path} is damaged: ${why}. Put back a copy; anyone who keeps heads of this exchange has one`,
    });
  }
}
