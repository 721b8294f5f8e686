// Every head that was signed, held against the durable log: its root is made again from all records as
// RFC 9162 §2.1.1 writes it down, its state by a naive engine that walks to the head's entry.
//
// Invariants: no head covers an entry that is not durable; each grows beyond the last durable head and
// names it; no head is given away before its own line is durable, and none that was ever goes away. No
// liabilities are published here, so no entry has two heads.

import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { NaiveEngine } from '@picostocks/engine/testing';
import {
  decodeGenesis,
  decodeHead,
  decodeHeadLine,
  encodeHeadLine,
  encodeRecord,
  type Genesis,
  hashHead,
  type LogHead,
  type SignedHead,
  toHex,
  ZERO_HASH,
} from '@picostocks/protocol';
import type { ViolationKind } from '../violation.ts';
import type { Reference } from './reference.ts';

interface Kept extends SignedHead {
  readonly head: LogHead;
}

export class HeadAudit {
  readonly #reference: Reference;
  readonly #report: (kind: ViolationKind, what: string) => void;
  #walker = new NaiveEngine();
  #walked = 0;
  #leaves: Uint8Array[] = [];
  readonly #signed = new Set<string>();
  /** Durable ones, in order. */
  readonly #kept: Kept[] = [];
  #given = 0;

  constructor(reference: Reference, report: (kind: ViolationKind, what: string) => void) {
    this.#reference = reference;
    this.#report = report;
  }

  /** How many heads were signed. */
  get count(): number {
    return this.#signed.size;
  }

  /** The newest head that was given to anybody ends with this entry. */
  get given(): number {
    return this.#given;
  }

  /** A head is signed; nobody has it yet. */
  signed(text: string): void {
    this.#signed.add(text);
    const head = decodeHead(text);
    if (head === undefined) {
      this.#report('head_wrong', `${text} is no head`);
      return;
    }
    const { sequence } = head;
    const { count } = this.#reference;
    if (sequence > count) {
      this.#report('head_before_durable', `a head covers entry ${sequence}, the disk has ${count}`);
      return;
    }
    this.#checkContent(head);
    this.#checkOrder(head);
  }

  /** The line of a head has become durable. */
  durable(line: string): void {
    const kept = decodeHeadLine(line);
    if (kept === undefined || !this.#signed.has(kept.text) || !this.#isSigned(kept)) {
      this.#report('head_wrong', `${line} was kept, but is not what was signed`);
      return;
    }
    this.#kept.push(kept);
  }

  /** A head leaves a door; `floor` is the newest that anybody had before it was asked for. */
  gives(offered: SignedHead, floor: number): void {
    const sequence = decodeHead(offered.text)?.sequence ?? 0;
    const kept = this.#kept.findLast(({ head }) => head.sequence === sequence);
    if (kept?.text !== offered.text || kept.signature !== offered.signature) {
      this.#report('head_not_kept', `${encodeHeadLine(offered)} was given away and is not kept`);
    } else if (sequence < floor) {
      this.#report('stale_read', `the head of entry ${sequence} was given after that of ${floor}`);
    }
    this.#given = Math.max(this.#given, sequence);
  }

  /** There was none to give. */
  givesNone(floor: number): void {
    if (floor > 0) this.#report('stale_read', `no head was found, after that of entry ${floor}`);
  }

  /** At the end: the file is what became durable, line by line, and the history shows the same. */
  checkEnd({ heads, history }: { heads: string; history: string }): void {
    const lines = this.#kept.map((kept) => `${encodeHeadLine(kept)}\n`).join('');
    if (readFileSync(heads, 'latin1') !== lines) {
      this.#report('head_not_kept', 'heads.txt is not what became durable');
    }
    const database = new DatabaseSync(history, { readOnly: true });
    const rows = database.prepare('SELECT text, signature FROM head ORDER BY sequence').all();
    database.close();
    if (rows.map((row) => `${row['text']} ${row['signature']}\n`).join('') !== lines) {
      this.#report('history_differs', 'the history has other heads than heads.txt');
    }
  }

  #checkContent(head: LogHead): void {
    const { sequence, time } = head;
    const entry = this.#reference.at(sequence)?.entry;
    this.#walkTo(sequence);
    const state = createHash('sha256').update(this.#walker.describe()).digest('hex');
    const root = naiveRoot(this.#leaves.slice(0, sequence));
    const said = [head.exchange, head.chainHash, head.treeRoot, head.stateHash].join(' ');
    const exchange = this.#genesis?.exchange;
    const truth = [exchange, toHex(entry?.hash ?? root), toHex(root), state].join(' ');
    if (said !== truth || time < (entry?.time ?? 0)) {
      this.#report('head_wrong', `the head of entry ${sequence} says ${said}, not ${truth}`);
    }
  }

  #checkOrder({ sequence, time, previous }: LogHead): void {
    const last = this.#kept.at(-1);
    const isNewer = sequence > (last?.head.sequence ?? 0) && time > (last?.head.time ?? 0);
    if (isNewer && previous === (last === undefined ? ZERO_HASH : hashHead(last.text))) return;
    const before = last?.head.sequence;
    this.#report('head_wrong', `the head of entry ${sequence} does not follow that of ${before}`);
  }

  #walkTo(sequence: number): void {
    if (sequence < this.#walked) {
      // The head before could not be kept, and the history has lost its end since: back to the beginning.
      this.#walker = new NaiveEngine();
      this.#leaves = [];
      this.#walked = 0;
    }
    for (; this.#walked < sequence; this.#walked += 1) {
      const entry = this.#reference.at(this.#walked + 1)?.entry;
      if (entry === undefined) return;
      this.#walker.apply(entry);
      this.#leaves.push(sha256(Uint8Array.of(0), encodeRecord(entry)));
    }
  }

  get #genesis(): Genesis | undefined {
    const message = this.#reference.at(1)?.entry.message;
    return message && decodeGenesis(message);
  }

  #isSigned({ text, signature }: SignedHead): boolean {
    const key = publicKeyOf(this.#genesis?.headKey ?? '');
    return verify(null, Buffer.from(text, 'ascii'), key, Buffer.from(signature, 'hex'));
  }
}

function publicKeyOf(hex: string): KeyObject {
  const x = Buffer.from(hex, 'hex').toString('base64url');
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
}

/** MTH of RFC 9162 §2.1.1, word for word. */
function naiveRoot(leaves: readonly Uint8Array[]): Uint8Array {
  const [first] = leaves;
  if (first === undefined) return sha256();
  if (leaves.length === 1) return first;
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  const [left, right] = [leaves.slice(0, split), leaves.slice(split)];
  return sha256(Uint8Array.of(1), naiveRoot(left), naiveRoot(right));
}

function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}
