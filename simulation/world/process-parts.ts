// What the parts of the simulated machine and of one process on it know of each other.

import type { HeadKey } from '../../packages/server/src/heads/head-key.ts';
import type { Marks } from '../../packages/server/src/marks.ts';
import type { Scheduler } from '../../packages/server/src/scheduler.ts';
import type { Auditor } from '../auditor/auditor.ts';
import type { Counts } from '../counts.ts';
import type { Trace } from '../time/trace.ts';
import type { Lifetime, VirtualTime } from '../time/virtual-time.ts';
import type { Disk } from './disk.ts';
import type { HeadDisk } from './head-disk.ts';
import type { MachineClock } from './machine-clock.ts';
import type { Seams } from './seams.ts';
import type { Weather } from './weather.ts';

/** The machine, which outlives every process on it. */
export interface MachineParts {
  readonly time: VirtualTime;
  readonly trace: Trace;
  readonly weather: Weather;
  readonly disk: Disk;
  readonly clock: MachineClock;
  readonly auditor: Auditor;
  readonly counts: Counts;
  readonly seams: Seams;
  readonly historyPath: string;
  readonly snapshots: string;
  readonly headDisk: HeadDisk;
  readonly headKey: HeadKey;
  schedulerOf(lifetime: Lifetime): Scheduler;
}

/** What the threads of one process share. */
export interface ProcessParts extends MachineParts {
  readonly marks: Marks;
}
