// What the log of a run did, counted by kind: a run that did none of something proves nothing about it.

import { decodeCommand, ENTRY_KINDS } from '@picostocks/protocol';
import { ownEvents } from '../../packages/server/src/own-events.ts';
import type { Counts } from '../counts.ts';
import type { Reference } from './reference.ts';

export function tallyLog(reference: Reference, counts: Counts): void {
  for (let sequence = 1; sequence <= reference.count; sequence += 1) {
    const known = reference.at(sequence);
    if (known === undefined) continue;
    const { entry, events } = known;
    if (entry.kind === ENTRY_KINDS.tick) counts.add('did tick');
    const [first] = ownEvents(events);
    const command = decodeCommand(entry.kind, entry.message);
    if (first?.kind === 'command_void') counts.add(`void ${first.reason}`);
    else if (first?.kind === 'command_rejected') counts.add(`rejected ${first.reason}`);
    else if (command.type !== 'undecodable') counts.add(`did ${command.type}`);
    for (const event of events) {
      if (event.kind === 'order_cancelled') counts.add(`cancelled ${event.reason}`);
      else if (event.kind === 'withdrawal_changed') counts.add(`withdrawal ${event.status}`);
      else if (event.kind === 'deposit_changed') counts.add(`deposit ${event.status}`);
      else if (event.kind.startsWith('switch_')) counts.add(event.kind.replace('_', ' '));
    }
  }
}
