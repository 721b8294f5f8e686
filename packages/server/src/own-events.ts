// The events of an entry in two parts: what time did before its message, and what its message did.

import type { Event } from '@picostocks/protocol';

/** What the message of an entry did: time's own events stand before `timers_ran`. */
export function ownEvents(events: readonly Event[]): readonly Event[] {
  const index = events.findIndex((event) => event.kind === 'timers_ran');
  return index === -1 ? events : events.slice(index + 1);
}
