// Where a replica begins: with the newest snapshot that is good and belongs to this log, else with
// nothing. So a start costs a snapshot and the tail, whatever the length of the log.

import { RealEngine } from '@picostocks/engine';
import { bytesEqual, type Sequence, toHex } from '@picostocks/protocol';
import { Follower } from '../follower.ts';
import type { Log } from '../log/log.ts';
import { listSnapshots, readSnapshot, writeSnapshot } from './snapshot-file.ts';

/** Says that a snapshot was passed over; nothing is lost, but somebody should know. */
export type Warn = (message: string) => void;

export interface EngineStart {
  readonly log: Log;
  readonly snapshots: string;
  readonly warn: Warn;
  /** For who must see every entry after this one. */
  readonly notAfter?: Sequence;
}

export function startEngine({ log, snapshots, warn, notAfter }: EngineStart): RealEngine {
  for (const sequence of listSnapshots(snapshots)) {
    if (notAfter !== undefined && sequence > notAfter) continue;
    try {
      const { state, logHash } = readSnapshot(snapshots, sequence);
      if (bytesEqual(log.hashAt(sequence), logHash)) return new RealEngine(state);
      warn(`snapshot ${sequence} was made from another log (${toHex(logHash)}): passed over`);
    } catch (error) {
      warn(`snapshot ${sequence} is bad and passed over: ${(error as Error).message}`);
    }
  }
  return new RealEngine();
}

/** Makes a snapshot of the log's end: the last good one, the tail, and the new one. */
export function makeSnapshot(start: Omit<EngineStart, 'notAfter'>): Sequence {
  const follower = new Follower({
    log: start.log,
    engine: startEngine(start),
    onApplied: () => undefined,
  });
  const begun = follower.sequence;
  follower.catchUp();
  const { state } = follower.engine;
  if (state.sequence === begun) return begun;
  writeSnapshot(start.snapshots, { state, logHash: start.log.hashAt(state.sequence) });
  return state.sequence;
}
