// Engines that are broken on purpose, each in one way, as a bug in matching or money would be. All replicas
// get the same one, so that only somebody with a model of his own can tell.

import { bookSide, RealEngine, type State } from '@picostocks/engine';
import type { Event } from '@picostocks/protocol';
import { startEngine } from '../../packages/server/src/snapshot/start-engine.ts';
import { HONEST, type Seams } from '../world/seams.ts';

/** What goes wrong after an entry was applied; answers the events that the engine claims. */
type Break = (state: State, events: readonly Event[]) => readonly Event[];

class BrokenEngine extends RealEngine {
  readonly #breakAfter: Break;

  constructor(state: State, breakAfter: Break) {
    super(state);
    this.#breakAfter = breakAfter;
  }

  override applyCommand(
    ...[head, command]: Parameters<RealEngine['applyCommand']>
  ): readonly Event[] {
    return this.#breakAfter(this.state, super.applyCommand(head, command));
  }
}

function brokenBy(breakAfter: Break): Seams {
  return { ...HONEST, engine: (start) => new BrokenEngine(startEngine(start).state, breakAfter) };
}

/** An atom of the lock of every seventh bid that rests is free again: money that can be spent twice. */
export const lostLock = brokenBy((state, events) => {
  const placed = events.find((event) => event.kind === 'order_placed');
  const rests = events.some((event) => event.kind === 'order_rested');
  if (placed?.side !== 'bid' || !rests || placed.orderId % 7 !== 0) return events;
  const unit = state.assetById.get(placed.unitId);
  const account = unit && state.users[placed.userId]?.accounts[unit.slot];
  if (account === undefined || account.locked === 0n) return events;
  account.free += 1n;
  account.locked -= 1n;
  return events;
});

/** Every twentieth order leaves its nonce unused: the same signed bytes are an order once more. */
export const replayedNonce = brokenBy((state, events) => {
  const placed = events.find((event) => event.kind === 'order_placed');
  const key = placed && state.users[placed.userId]?.keys[0];
  if (key !== undefined && placed !== undefined && placed.orderId % 20 === 0) key.nonceNext -= 1;
  return events;
});

/** A fill costs an atom less than it should wherever there was something to round. */
export const wrongRounding = brokenBy((state, events) =>
  events.map((event) => {
    if (event.kind !== 'order_filled' || event.cost === 0n) return event;
    if ((event.price * event.quantity) % 10n ** 18n === 0n) return event;
    const unit = state.assetById.get(event.unitId);
    const accountOf = (userId: number) => unit && state.users[userId]?.accounts[unit.slot];
    const [buyer, seller] = [accountOf(event.bidUserId), accountOf(event.askUserId)];
    if (buyer === undefined || seller === undefined || seller.free === 0n) return event;
    buyer.free += 1n;
    seller.free -= 1n;
    return { ...event, cost: event.cost - 1n };
  }),
);

/** A key that was revoked goes on signing. */
export const immortalKey = brokenBy((state, events) => {
  for (const event of events) {
    const key = event.kind === 'key_revoked' && state.users[event.userId]?.keys[event.keyId];
    if (key) key.isRevoked = false;
  }
  return events;
});

/** At a price where two orders stand the younger one is served first. */
export const brokenPriority = brokenBy((state, events) => {
  for (const event of events) {
    if (event.kind !== 'order_rested') continue;
    for (const market of state.markets) {
      for (const side of [bookSide(market, 'bid'), bookSide(market, 'ask')]) {
        const first = [...side.orders()].find(({ id }) => id === event.orderId)?.level?.oldest;
        if (first === undefined || first.id === event.orderId) continue;
        side.remove(first);
        side.add(first);
      }
    }
  }
  return events;
});
