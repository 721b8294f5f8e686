// The events of an entry as one line of text: two engines agree when their lines are equal.

import type { Event } from '@picostocks/protocol';

/** The fields of each kind of event in one order, whichever engine made it. */
const fieldsOf = new Map<string, readonly string[]>();

export function eventLine(events: readonly Event[]): string {
  return events.map(textOf).join(';');
}

function textOf(event: Event): string {
  let fields = fieldsOf.get(event.kind);
  if (fields === undefined) {
    fields = Object.keys(event).sort();
    fieldsOf.set(event.kind, fields);
  }
  const values = event as unknown as Readonly<Record<string, unknown>>;
  return fields.map((field) => `${values[field]}`).join(' ');
}
