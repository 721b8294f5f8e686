// The auditor: sees the disk, every request at a door and every answer that leaves one, and every entry
// that a replica applies; holds all of it against its own reference.
//
// It judges the answer when it leaves the door, before the network can lose it: what the exchange said
// is what it has to stand for. It never helps: nothing here is read by the exchange or a client.

import type { State } from '@picostocks/engine';
import {
  bytesEqual,
  type Entry,
  type Event,
  SIGNATURE_HEADER,
  type SignedHead,
  toHex,
} from '@picostocks/protocol';
import type { Violation, ViolationKind } from '../violation.ts';
import { keyIdIn } from '../world/door.ts';
import type { Answer, Request } from '../world/request.ts';
import { ChainAudit } from './chain-audit.ts';
import { eventLine } from './event-line.ts';
import { HeadAudit } from './head-audit.ts';
import { CHECK_EVERY, hashOfState, Reference } from './reference.ts';
import { TickAudit } from './tick-audit.ts';

/** A request that stands at a door. */
export interface Asked {
  readonly request: Request;
  /** Of a command; hexadecimal. */
  readonly signature: string | undefined;
  /** What was acknowledged or read by anybody before this request began. */
  readonly floor: number;
  /** The newest head that anybody had then. */
  readonly headFloor: number;
}

interface ErrorBody {
  readonly code?: string;
  readonly sequence?: number;
  readonly nonce?: number;
  readonly user_id?: number;
  readonly message_hash?: string;
  readonly reply?: unknown;
}

export class Auditor {
  readonly reference: Reference;
  readonly heads: HeadAudit;
  readonly chain: ChainAudit;
  readonly ticks: TickAudit;
  readonly #hears: readonly ViolationKind[] | undefined;
  readonly #now: () => { micros: number; steps: number };
  /** By signature: requests that were not refused, those under way included. */
  readonly #mayCount = new Map<string, number>();
  #violation: Violation | undefined;
  #floor = 0;
  #answers = 0;
  #acknowledged = 0;

  /** With `hears`, for canaries, no other violations count. */
  constructor(now: () => { micros: number; steps: number }, hears?: readonly ViolationKind[]) {
    this.#now = now;
    this.#hears = hears;
    const report = (kind: ViolationKind, what: string): void => this.report(kind, what);
    this.reference = new Reference(report);
    this.heads = new HeadAudit(this.reference, report);
    this.chain = new ChainAudit(report);
    this.ticks = new TickAudit(report);
  }

  get violation(): Violation | undefined {
    return this.#violation;
  }

  get answers(): number {
    return this.#answers;
  }

  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** Notes a violation; the first one counts. */
  report(kind: ViolationKind, what: string): void {
    if (this.#hears?.includes(kind) === false) return;
    const { micros, steps } = this.#now();
    this.#violation ??= { kind, what, micros, step: steps };
  }

  /** An entry became durable. */
  durable(bytes: Uint8Array): void {
    const { entry, counts } = this.reference.take(bytes);
    if (counts && entry.sequence > 1)
      this.#checkAsked(toHex(entry.signature), 'has become durable');
  }

  /** A replica has applied an entry; `state` is what it has now. */
  applied(replica: string, entry: Entry, events: readonly Event[], state: State): void {
    const { sequence } = entry;
    const known = this.reference.at(sequence);
    if (known === undefined) {
      this.report('published_before_durable', `${replica} has applied entry ${sequence}`);
      return;
    }
    if (!bytesEqual(known.entry.hash, entry.hash) || eventLine(events) !== known.line) {
      const what = `${replica} made of entry ${sequence}: ${eventLine(events)}, not ${known.line}`;
      this.report('replicas_differ', what);
    } else if (sequence % CHECK_EVERY === 0) {
      this.checkState(replica, state);
    }
  }

  /** Compares the state of a replica, if the reference has the hash for where it is. */
  checkState(replica: string, state: State): void {
    const expected = this.reference.stateHashAt(state.sequence);
    if (expected === undefined || hashOfState(state) === expected) return;
    this.report('replicas_differ', `the state of ${replica} at entry ${state.sequence} differs`);
  }

  /** A request has come to a door. */
  asks(request: Request): Asked {
    const signature = signatureOf(request);
    if (signature !== undefined) {
      this.#mayCount.set(signature, (this.#mayCount.get(signature) ?? 0) + 1);
    }
    return { request, signature, floor: this.#floor, headFloor: this.heads.given };
  }

  /** An answer leaves the door. */
  answered(asked: Asked, answer: Answer, bug: unknown): void {
    this.#answers += 1;
    if (bug !== undefined) this.report('component_failed', `a request failed: ${stackOf(bug)}`);
    const body = JSON.parse(answer.body) as ErrorBody;
    if (asked.request.method === 'GET') this.#checkRead(asked, answer, body);
    else if (body.sequence !== undefined) this.#checkAcknowledged(asked, answer, body.sequence);
    else if (answer.status < 400) this.#checkKnownKey(asked, body);
    else this.#checkRefused(asked, answer, body);
  }

  #checkAcknowledged({ signature }: Asked, answer: Answer, sequence: number): void {
    const { reference } = this;
    const known = reference.at(sequence);
    if (known === undefined) {
      const what = `entry ${sequence} was acknowledged, the disk has ${reference.count}`;
      this.report('acknowledged_before_durable', what);
      return;
    }
    const isSame = toHex(known.entry.signature) === signature;
    if (!isSame || reference.countedAt(signature ?? '') !== sequence) {
      this.report('acknowledged_not_in_log', `entry ${sequence} is not what was acknowledged`);
    }
    const expected = reference.replyAt(sequence);
    if (expected?.status !== answer.status || expected.body !== answer.body) {
      this.report('wrong_result', `entry ${sequence}: ${answer.body}, not ${expected?.body}`);
    }
    this.#acknowledged += 1;
    this.#floor = Math.max(this.#floor, sequence);
  }

  /** A key that was registered before gets its user again. */
  #checkKnownKey({ request }: Asked, body: ErrorBody): void {
    const { public_key: publicKey } = JSON.parse(`${request.body}`) as { public_key: string };
    const user = this.reference.state.userByKey.get(publicKey);
    if (user !== undefined && user.id === body.user_id) return;
    this.report('wrong_result', `${JSON.stringify(body)} is not the user of ${publicKey}`);
  }

  #checkRefused({ signature, floor, request }: Asked, { status }: Answer, body: ErrorBody): void {
    // A 504 promises nothing.
    if (signature === undefined || status === 504) return;
    this.#mayCount.set(signature, (this.#mayCount.get(signature) ?? 0) - 1);
    if (this.reference.countedAt(signature) !== undefined) {
      this.#checkAsked(signature, `was refused with ${status} ${body.code}`);
    }
    if (body.nonce === undefined || status === 503) return;
    const { user_id: userId, key_id: keyId = 0 } = signerOf(request);
    this.#checkValue(`nonce ${userId}/${keyId}`, `${body.nonce}`, floor);
  }

  /** A message that counts must have come by a request that was not refused. */
  #checkAsked(signature: string, what: string): void {
    if ((this.#mayCount.get(signature) ?? 0) > 0) return;
    const sequence = this.reference.countedAt(signature);
    this.report('refused_but_in_log', `entry ${sequence} ${what}, and nobody asked for it`);
  }

  #checkRead(asked: Asked, { status, body: text }: Answer, body: ErrorBody): void {
    if (status === 503) return;
    const { request, floor } = asked;
    const [area, what, first, second] = request.path.split('/');
    const name = nameOf(request);
    if (area === 'audit') this.#checkAudit(asked, body);
    else if (what === 'result') {
      const key = `${first}/${keyIdIn(request.query)}`;
      this.#checkResult({ key, nonce: Number(second), floor }, body);
    } else if (status === 404) this.#checkMissing(name, floor);
    else this.#checkValue(name, what === 'nonce' ? `${body.nonce}` : text, floor);
  }

  /** Proofs are verified by the witnesses, who ask for nothing that an honest exchange has not. */
  #checkAudit({ request, headFloor }: Asked, body: ErrorBody & Partial<SignedHead>): void {
    if (request.path !== 'audit/head/') return;
    const { text, signature = '' } = body;
    if (text === undefined) this.heads.givesNone(headFloor);
    else this.heads.gives({ text, signature }, headFloor);
  }

  #checkMissing(name: string, floor: number): void {
    if (!this.reference.versions.existsAt(name, floor)) return;
    this.report('stale_read', `${name} was not found, though it was there at entry ${floor}`);
  }

  /** A value that was read must have stood at some moment since the request began. */
  #checkValue(name: string, value: string, floor: number): void {
    const { versions } = this.reference;
    const stood = versions.find(name, value, floor);
    if (stood === undefined) {
      const isOld = versions.stoodBefore(name, value, floor);
      const what = `${name} was read as ${value.slice(0, 200)}; at entry ${floor} it was ${versions
        .at(name, floor)
        ?.slice(0, 200)}`;
      this.report(isOld ? 'stale_read' : 'wrong_read', what);
      return;
    }
    this.#floor = Math.max(this.#floor, stood);
  }

  #checkResult(
    { key, nonce, floor }: { key: string; nonce: number; floor: number },
    body: ErrorBody,
  ): void {
    const { reference } = this;
    const next = Number(reference.versions.at(`nonce ${key}`, floor) ?? 0);
    if (body.code !== undefined) {
      if (nonce < next && nonce >= Number(reference.versions.first(`nonce ${key}`))) {
        this.report('stale_read', `the result of key ${key}, nonce ${nonce} was not found`);
      }
      return;
    }
    const expected = reference.replyAt(body.sequence ?? 0);
    if (JSON.stringify(body.reply) === expected?.body) return;
    this.report('wrong_read', `the result of nonce ${nonce} is ${JSON.stringify(body)}`);
  }
}

/** The signature of a command, in hexadecimal; reads have none. */
export function signatureOf({ method, headers, body }: Request): string | undefined {
  if (method === 'GET') return undefined;
  const header = headers[SIGNATURE_HEADER];
  if (header !== undefined) return header;
  return (JSON.parse(`${body}`) as { signature: string }).signature;
}

function signerOf({ body, headers }: Request): { user_id: number; key_id?: number } {
  const text = headers[SIGNATURE_HEADER] === undefined ? `${body}` : textOf(body);
  return JSON.parse(text) as { user_id: number; key_id?: number };
}

/** Under which name the reference notes what is read. */
function nameOf({ path, query }: Request): string {
  const [area, what, first, second, third] = path.split('/');
  if (area === 'custody')
    return what === 'deposits' ? 'deposits pending' : custodyName(what, query);
  if (what === 'orderbook') return `book ${first}/${second}`;
  if (what === 'deposit') return `address ${second}/${third}`;
  return what === 'nonce' ? `nonce ${first}/${keyIdIn(query)}` : `${what} ${first}`;
}

function custodyName(what: string | undefined, query: Request['query']): string {
  return what === 'withdrawals' ? `withdrawals ${query?.['status']}` : 'addresses';
}

function textOf(body: Request['body']): string {
  return typeof body === 'string' ? body : new TextDecoder().decode(body);
}

export function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
