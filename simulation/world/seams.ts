// Where a canary may put something broken in the place of a real part. The honest seams are the real
// parts and nothing else.

import type { RealEngine } from '@picostocks/engine';
import { HistoryWriter } from '../../packages/server/src/history/history-writer.ts';
import type { Log } from '../../packages/server/src/log/log.ts';
import { Replica } from '../../packages/server/src/node/replica.ts';
import { Submissions } from '../../packages/server/src/node/submissions.ts';
import { TickWatch } from '../../packages/server/src/node/tick-watch.ts';
import { type EngineStart, startEngine } from '../../packages/server/src/snapshot/start-engine.ts';
import type { WorkerDisk } from '../clients/custody-worker.ts';
import type { Disk } from './disk.ts';
import { DiskLog } from './disk-log.ts';

export interface Seams {
  /** The log as its one writer opens it. */
  readonly writerLog: (disk: Disk) => Log;
  /** The log as followers open it. */
  readonly readerLog: (disk: Disk) => Log;
  /** Where a replica begins. */
  readonly engine: (start: EngineStart) => RealEngine;
  readonly replica: (fields: ConstructorParameters<typeof Replica>[0]) => Replica;
  readonly submissions: (fields: ConstructorParameters<typeof Submissions>[0]) => Submissions;
  readonly tickWatch: (fields: ConstructorParameters<typeof TickWatch>[0]) => TickWatch;
  /** Where a custody worker keeps what it is about to send. */
  readonly workerDisk: () => WorkerDisk;
  readonly historyWriter: (path: string) => HistoryWriter;
  /** What the operator does with the files while no process runs; nothing, if he is honest. */
  readonly betweenProcesses: (files: MachineFiles) => void;
}

export interface MachineFiles {
  readonly disk: Disk;
  readonly historyPath: string;
  readonly headsPath: string;
}

export const HONEST: Seams = {
  writerLog: (disk) => new DiskLog(disk),
  readerLog: (disk) => new DiskLog(disk),
  engine: startEngine,
  replica: (fields) => new Replica(fields),
  submissions: (fields) => new Submissions(fields),
  tickWatch: (fields) => new TickWatch(fields),
  workerDisk: () => new Map(),
  historyWriter: (path) => new HistoryWriter(path),
  betweenProcesses: () => undefined,
};
