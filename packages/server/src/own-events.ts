// The events of an entry in two parts: what time did before its message, and what its message did.

import type { Event } from '@picostocks/protocol';

/** What the message of an entry did: time's own events stand before `timers_ran`. */
export function ownEvents(events: readonly Event[]): readonly Event[] {
  for (const [index, { kind }] of events.entries()) {
    if (kind === 'timers_ran') return events.slice(index + 1);
    // Of a batch, and so not time's: thousands of events need not be looked through.
    if (kind === 'operation_ended') return events;
  }
  return events;
}
