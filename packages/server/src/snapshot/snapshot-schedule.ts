// When a snapshot is due while the exchange runs: after so many entries, one at a time.

import { type ChildProcess, spawn } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Sequence } from '@picostocks/protocol';
import type { DataFolder } from '../data-folder.ts';
import type { Marks } from '../marks.ts';
import { listSnapshots, removeUnfinished } from './snapshot-file.ts';

const LOOK_MS = 1_000;

export class SnapshotSchedule {
  readonly #folder: DataFolder;
  readonly #marks: Marks;
  readonly #every: number;
  readonly #timer: NodeJS.Timeout | undefined;
  #begun: Sequence;
  #child: ChildProcess | undefined;

  /** `every` 0: never. */
  constructor({ folder, marks, every }: { folder: DataFolder; marks: Marks; every: number }) {
    this.#folder = folder;
    this.#marks = marks;
    this.#every = every;
    removeUnfinished(folder.snapshots);
    this.#begun = listSnapshots(folder.snapshots)[0] ?? 0;
    this.#timer = every === 0 ? undefined : setInterval(() => this.#look(), LOOK_MS);
  }

  #look(): void {
    const { durable } = this.#marks;
    if (this.#child !== undefined || durable - this.#begun < this.#every) return;
    this.#begun = durable;
    const program = fileURLToPath(new URL('./snapshot-process.ts', import.meta.url));
    const args = [program, this.#folder.logFolder, this.#folder.snapshots];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    giveWay(child);
    const forget = (): void => {
      this.#child = undefined;
    };
    child.once('exit', forget).once('error', forget);
    this.#child = child;
  }

  /** A snapshot that is being made is given up: what it would save, the next start reads in the log. */
  stop(): void {
    clearInterval(this.#timer);
    this.#child?.kill();
  }
}

/** Nobody waits for a snapshot, and it works for seconds: while it does, a core is to be free for answers. */
function giveWay({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // It has ended already, or the system does not allow it.
  }
}
