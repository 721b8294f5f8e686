// What time must have taken off trades no more. From the events alone, and apart from both engines: an order
// whose time is over, an order of a user whose switch is due, an order that a switch or a freeze has killed.

import type { Entry, Event, OrderFilled } from '@picostocks/protocol';
import { decodeCommand } from '@picostocks/protocol';
import { ownEvents } from '../../packages/server/src/own-events.ts';
import type { ViolationKind } from '../violation.ts';

interface Switch {
  seconds: number;
  due: number;
}

export class OrderAudit {
  readonly #report: (kind: ViolationKind, what: string) => void;
  /** Orders with an end, by id: when. */
  readonly #ends = new Map<number, number>();
  /** By user: no order up to this id may trade any more. */
  readonly #killed = new Map<number, number>();
  /** By user, then key. */
  readonly #switches = new Map<number, Map<number, Switch>>();
  #lastOrder = 0;

  constructor(report: (kind: ViolationKind, what: string) => void) {
    this.#report = report;
  }

  take(entry: Entry, events: readonly Event[]): void {
    for (const event of events) this.#note(event, entry);
    this.#noteSign(entry, ownEvents(events));
  }

  #note(event: Event, entry: Entry): void {
    switch (event.kind) {
      case 'order_placed':
        this.#lastOrder = event.orderId;
        if (event.goodUntil !== undefined) this.#ends.set(event.orderId, event.goodUntil);
        break;
      case 'order_closed':
        this.#ends.delete(event.orderId);
        break;
      case 'order_filled':
        this.#checkFill(event, entry);
        break;
      case 'switch_fired':
        this.#switchesOf(event.userId).delete(event.keyId);
        this.#killed.set(event.userId, this.#lastOrder);
        break;
      case 'switch_spared': {
        const spared = this.#switchesOf(event.userId).get(event.keyId);
        if (spared !== undefined) spared.due = entry.time + spared.seconds * 1_000_000;
        break;
      }
      case 'key_revoked':
        this.#switchesOf(event.userId).delete(event.keyId);
        break;
      case 'user_frozen':
        this.#killed.set(event.userId, this.#lastOrder);
        break;
      default:
        break;
    }
  }

  /** An applied command is a sign of life of its key, also one that did nothing. */
  #noteSign(entry: Entry, events: readonly Event[]): void {
    const [first] = events;
    if (first?.kind === 'command_rejected' || first?.kind === 'command_void') return;
    const command = decodeCommand(entry.kind, entry.message);
    if (!('nonce' in command)) return;
    const switches = this.#switchesOf(command.userId);
    const { keyId } = command;
    if (first?.kind === 'switch_set') {
      if (first.seconds === 0) switches.delete(keyId);
      else switches.set(keyId, { seconds: first.seconds, due: 0 });
    }
    const own = switches.get(keyId);
    if (own !== undefined) own.due = entry.time + own.seconds * 1_000_000;
  }

  #switchesOf(userId: number): Map<number, Switch> {
    let switches = this.#switches.get(userId);
    if (switches === undefined) {
      switches = new Map();
      this.#switches.set(userId, switches);
    }
    return switches;
  }

  #checkFill(fill: OrderFilled, { sequence, time }: Entry): void {
    const sides = [
      { orderId: fill.bidOrderId, userId: fill.bidUserId },
      { orderId: fill.askOrderId, userId: fill.askUserId },
    ];
    for (const { orderId, userId } of sides) {
      const told = (why: string): void =>
        this.#report('dead_order_traded', `order ${orderId} traded in entry ${sequence}: ${why}`);
      if ((this.#ends.get(orderId) ?? Infinity) <= time) told('its time was over');
      if (orderId <= (this.#killed.get(userId) ?? 0)) told('it was killed before');
      for (const [keyId, { due }] of this.#switchesOf(userId)) {
        if (due <= time) told(`the switch of key ${keyId} of its user was due`);
      }
    }
  }
}
