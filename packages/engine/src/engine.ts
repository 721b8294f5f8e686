// What both engines are: the fast one that the exchange runs, and the naive one that proves it.

import type { Entry, Event } from '@picostocks/protocol';

export interface Engine {
  /**
   * Applies the next entry of the log and answers what it did. Deterministic: no clock, no
   * randomness, no input but the entry.
   *
   * @throws UnknownEntry for an entry that only a newer program understands; nothing has changed.
   */
  apply(entry: Omit<Entry, 'hash'>): readonly Event[];

  /**
   * The whole state as text, one fact a line, in an order that depends on the state alone. Two
   * engines that have applied the same log answer the same text.
   */
  describe(): string;
}
