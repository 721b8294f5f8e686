// The machine and who looks after it: starts the process, ends it in every way, starts it again.
//
// What survives a process is the disk, heads.txt, the snapshots and the history's file. In a power cut the history
// may lose its end, as a file that is not fsynced at every commit does: an older copy takes its place.

import {
  copyFileSync,
  existsSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Random } from '@picostocks/engine/testing';
import { ExchangeError } from '../../packages/server/src/exchange-error.ts';
import { listSnapshots, snapshotPath } from '../../packages/server/src/snapshot/snapshot-file.ts';
import { makeSnapshot } from '../../packages/server/src/snapshot/start-engine.ts';
import type { Lifetime } from '../time/virtual-time.ts';
import { DiskLog } from './disk-log.ts';
import { ExchangeProcess } from './exchange-process.ts';
import type { NodeActor } from './node-actor.ts';
import type { MachineParts } from './process-parts.ts';

const SECOND = 1_000_000;
/** The server makes one every 100,000 entries, which no run of this size reaches. */
const SNAPSHOT_EVERY = 200;

export class Machine {
  readonly #parts: MachineParts;
  readonly #lifetime: Lifetime;
  readonly #random: Random;
  readonly #nodes: number;
  #process: ExchangeProcess | undefined;
  #flipped: { readonly sequence: number; heal(): void } | undefined;

  constructor(
    parts: MachineParts,
    { lifetime, random, nodes }: { lifetime: Lifetime; random: Random; nodes: number },
  ) {
    this.#parts = parts;
    this.#lifetime = lifetime;
    this.#random = random;
    this.#nodes = nodes;
    parts.disk.onDurable = (bytes) => {
      const { count } = parts.disk;
      parts.auditor.durable(bytes);
      this.#process?.durable(count);
      parts.trace.note(`entry ${count} is durable`);
      if (count % SNAPSHOT_EVERY === 0) this.#makeSnapshotLater();
    };
    parts.headDisk.onDurable = (line) => {
      parts.auditor.heads.durable(line);
      parts.trace.note(`a head is durable: ${line}`);
    };
  }

  /** The process, while it is up. */
  get process(): ExchangeProcess | undefined {
    return this.#process?.lifetime.isOver === false ? this.#process : undefined;
  }

  get doors(): NodeActor[] {
    return this.process?.doors ?? [];
  }

  start(): void {
    this.#parts.counts.add('starts');
    this.#process = new ExchangeProcess(this.#parts, {
      nodes: this.#nodes,
      random: this.#random,
      onDeath: (error) => this.#died(error),
    });
    void this.#process.start();
  }

  /** SIGKILL, or with `power` a power cut; the process starts again after a while. */
  kill({ power }: { power: boolean }): boolean {
    const { process } = this;
    if (process === undefined) return false;
    process.end();
    this.#afterDeath(power);
    this.#startLater(3 * SECOND);
    return true;
  }

  /** SIGTERM and a new start. */
  async restart(): Promise<void> {
    const { process } = this;
    if (process === undefined) return;
    // One that fails to stop is started again like any that dies: two at once would be two exchanges.
    const isStopped = await process.stop();
    if (isStopped && this.#process === process) this.#startLater(SECOND);
  }

  /** The short-lived process that makes a snapshot. */
  makeSnapshot(): void {
    const { disk, snapshots, counts } = this.#parts;
    const warn = (): void => counts.add('snapshots passed over');
    try {
      makeSnapshot({ log: new DiskLog(disk), snapshots, warn });
    } catch (error) {
      // It read the flipped bit before the exchange did, and ended without a snapshot.
      if (this.#flipped === undefined || !(error instanceof ExchangeError)) throw error;
      counts.add('snapshots given up');
    }
  }

  /** Damages the newest snapshot, or leaves what a crash in the middle of writing leaves. */
  damageSnapshot(): boolean {
    const { snapshots } = this.#parts;
    const [newest] = listSnapshots(snapshots);
    if (newest === undefined) return false;
    const path = snapshotPath(snapshots, newest);
    const bytes = readFileSync(path);
    const at = this.#random.integer(bytes.length);
    const way = this.#random.integer(3);
    if (way === 0) truncateSync(path, at);
    else if (way === 1) writeFileSync(join(snapshots, 'half-written.tmp'), bytes.subarray(0, at));
    else {
      bytes[at] = (bytes[at] ?? 0) ^ (1 << this.#random.integer(8));
      writeFileSync(path, bytes);
    }
    return true;
  }

  /** Flips a bit in one of the last entries and ends the process: the next start must refuse the log. */
  flipBit(): boolean {
    const { disk, snapshots, trace } = this.#parts;
    const after = listSnapshots(snapshots)[0] ?? 0;
    const first = Math.max(after + 1, disk.count - 40);
    if (this.process === undefined || this.#flipped || first >= disk.count) return false;
    const sequence = first + this.#random.integer(disk.count - first);
    trace.note(`a bit of entry ${sequence} flips`);
    this.#flipped = { sequence, heal: disk.flip(sequence) };
    return this.kill({ power: false });
  }

  /** The wall clock is put right; a process that does not follow is restarted by its operator. */
  correctClock(): void {
    this.#parts.clock.offsetMicros = 0;
    this.kill({ power: false });
  }

  #makeSnapshotLater(): void {
    const micros = this.#random.integer(2 * SECOND);
    this.#parts.time.after(micros, this.#lifetime, () => this.makeSnapshot());
  }

  #startLater(withinMicros: number): void {
    this.#parts.time.after(this.#random.integer(withinMicros), this.#lifetime, () => this.start());
  }

  #died(error: unknown): void {
    const code = error instanceof ExchangeError ? error.code : 'crash';
    this.#parts.counts.add(`process ended by ${code}`);
    this.#afterDeath(code === 'crash' && this.#random.chance(50));
    if (code === 'log_corrupt') this.#healLog(error as ExchangeError);
    this.#startLater(3 * SECOND);
  }

  /** The operator puts the entry back from another copy, if the exchange named the right one. */
  #healLog({ sequence, message }: ExchangeError): void {
    const { auditor, counts } = this.#parts;
    const flipped = this.#flipped;
    // The hash of an entry stands in its own record, and the next entry is chained to it.
    const isRight = flipped !== undefined && (sequence ?? 0) - flipped.sequence <= 1;
    if (!isRight || (sequence ?? 0) < flipped.sequence) {
      auditor.report('component_failed', `the log is refused: ${message}`);
      return;
    }
    counts.add('flipped bits refused');
    flipped.heal();
    this.#flipped = undefined;
  }

  /** A flipped bit must be noticed by the start that reads it. */
  checkFlipped(): void {
    const { process } = this;
    const [node] = process?.nodes ?? [];
    if (this.#flipped === undefined || node === undefined) return;
    const what = `entry ${this.#flipped.sequence} was read though a bit of it is wrong`;
    this.#parts.auditor.report('corruption_unnoticed', what);
  }

  #afterDeath(power: boolean): void {
    const { disk, headDisk, historyPath, trace, seams } = this.#parts;
    trace.note(power ? 'the power is gone' : 'the process is gone');
    headDisk.crashAt = undefined;
    if (power) {
      disk.cutPower();
      headDisk.cutPower();
    }
    this.#ageHistory(power);
    seams.betweenProcesses({ disk, historyPath, headsPath: headDisk.path });
  }

  #ageHistory(power: boolean): void {
    const { historyPath, counts } = this.#parts;
    const saved = `${historyPath}.saved`;
    if (!power) {
      if (existsSync(historyPath) && this.#random.chance(30)) copyFileSync(historyPath, saved);
      return;
    }
    if (this.#random.chance(50)) return;
    counts.add('history lost its end');
    for (const end of ['', '-wal', '-shm']) rmSync(historyPath + end, { force: true });
    if (existsSync(saved)) copyFileSync(saved, historyPath);
  }
}
