// One process of the exchange: a log thread, a historian, a history reader and the nodes, started in the
// order in which packages/server/src/exchange.ts starts them.
//
// As there, the process ends when a thread dies; until then the other threads go on for a moment. Beyond
// that, a node or the historian may also die and come back alone, as the members of a cluster do.

import type { Random } from '@picostocks/engine/testing';
import { ExchangeError } from '../../packages/server/src/exchange-error.ts';
import { waitForClock } from '../../packages/server/src/log/log-clock.ts';
import { Marks } from '../../packages/server/src/marks.ts';
import { removeUnfinished } from '../../packages/server/src/snapshot/snapshot-file.ts';
import { stackOf } from '../auditor/auditor.ts';
import { Crash, Lifetime } from '../time/virtual-time.ts';
import { DiskLog } from './disk-log.ts';
import { DiskFailure } from './head-disk.ts';
import { type Fuse, HistorianActor, ReaderActor } from './historian-actor.ts';
import { LogActor } from './log-actor.ts';
import { NodeActor } from './node-actor.ts';
import type { MachineParts, ProcessParts } from './process-parts.ts';

/** What ends a thread when the world is as bad as the faults make it. */
const EXPECTED_CODES: readonly string[] = ['log_write_failed', 'log_corrupt', 'clock_behind'];

function isExpected(error: unknown): boolean {
  if (error instanceof ExchangeError) return EXPECTED_CODES.includes(error.code);
  return error instanceof Crash || error instanceof DiskFailure;
}

const SECOND = 1_000_000;
const BEHIND_MICROS = 10 * SECOND;

export class ExchangeProcess {
  readonly lifetime: Lifetime;
  readonly #parts: ProcessParts;
  readonly #random: Random;
  readonly #onDeath: (error: unknown) => void;
  readonly fuse: Fuse = { left: undefined };
  readonly #threads = new Set<Lifetime>();
  readonly #startedAt: number;
  /** Durable heads of the last seconds, oldest first. */
  readonly #heads: { readonly micros: number; readonly sequence: number }[] = [];
  #log: LogActor | undefined;
  #historian: HistorianActor | undefined;
  #reader: ReaderActor | undefined;
  readonly #nodes: (NodeActor | undefined)[];
  #isListening = true;

  constructor(
    parts: MachineParts,
    {
      nodes,
      random,
      onDeath,
    }: {
      nodes: number;
      random: Random;
      onDeath: (error: unknown) => void;
    },
  ) {
    this.#parts = { ...parts, marks: new Marks() };
    this.#random = random;
    this.#onDeath = onDeath;
    this.#nodes = new Array<undefined>(nodes).fill(undefined);
    this.#startedAt = parts.time.micros;
    this.lifetime = new Lifetime('process', (error) => this.#die(error));
  }

  /** The nodes that take requests. */
  get doors(): NodeActor[] {
    return this.#isListening ? this.nodes : [];
  }

  get nodes(): NodeActor[] {
    return this.#nodes.filter((node) => node !== undefined && !node.lifetime.isOver) as NodeActor[];
  }

  /** Can the log append nothing? */
  get isReadOnly(): boolean {
    return this.#parts.marks.readOnly;
  }

  get historian(): HistorianActor | undefined {
    return this.#historian;
  }

  /** Starts the threads, each once those that it needs are ready. */
  async start(): Promise<void> {
    try {
      const { disk, clock, counts, snapshots } = this.#parts;
      if (disk.recover() > 0) counts.add('torn tails cut off');
      removeUnfinished(snapshots);
      const lastEntry = new DiskLog(disk).head().time;
      const wait = waitForClock({ wall: clock.wall(), lastEntry, acceptTime: false });
      await this.#pause(wait);
      this.#log = new LogActor(this.#parts, this.#thread('log'));
      await this.#pause(this.#random.integer(20_000));
      this.#startHistorian();
      await this.#pause(this.#random.integer(20_000));
      this.#reader = new ReaderActor(this.#parts, {
        lifetime: this.#thread('reader'),
        tellHistorian: () => this.#historian?.hurry(),
      });
      for (const index of this.#nodes.keys()) {
        await this.#pause(this.#random.integer(20_000));
        this.startNode(index);
      }
    } catch (error) {
      this.#fail('start', error);
    }
  }

  startNode(index: number): void {
    const lifetime = this.#thread(`node ${index}`);
    const [log, reader] = [this.#log, this.#reader];
    if (log === undefined || reader === undefined) throw new Error('a node starts last');
    this.#nodes[index] = new NodeActor(this.#parts, {
      lifetime,
      line: log.connect(lifetime),
      questions: reader.connect(lifetime),
      isHistoryBehind: () => this.#isHistoryBehind(),
    });
  }

  /** Ends one node; it comes back alone. */
  killNode(index: number, backMicros: number): boolean {
    const node = this.#nodes[index];
    if (node === undefined || node.lifetime.isOver) return false;
    node.die();
    this.#threads.delete(node.lifetime);
    this.#parts.time.after(backMicros, this.lifetime, () => {
      try {
        this.startNode(index);
      } catch (error) {
        this.#fail(`node ${index}`, error);
      }
    });
    return true;
  }

  /** Notes that the log has grown. */
  durable(sequence: number): void {
    this.#heads.push({ micros: this.#parts.time.micros, sequence });
    while ((this.#heads[1]?.micros ?? Infinity) <= this.#parts.time.micros - BEHIND_MICROS) {
      this.#heads.shift();
    }
  }

  /** SIGTERM: takes no more requests, finishes those under way, then ends. Answers false where it failed and dies of it. */
  async stop(): Promise<boolean> {
    this.#isListening = false;
    for (let waited = 0; waited < 12 * SECOND; waited += SECOND / 10) {
      if (this.nodes.every((node) => node.open === 0)) break;
      await this.#pause(SECOND / 10);
    }
    try {
      this.#log?.flush();
      this.#historian?.catchUp();
      this.#historian?.sign();
    } catch (error) {
      this.#fail('stop', error);
      return false;
    }
    this.end();
    return true;
  }

  /** Ends every thread at once, wherever it is. */
  end(): void {
    if (this.lifetime.isOver) return;
    this.lifetime.end();
    for (const thread of this.#threads) thread.end();
    for (const node of this.#nodes) node?.die();
    this.#historian?.close();
    this.#reader?.close();
  }

  #isHistoryBehind(): boolean {
    const { time, marks } = this.#parts;
    const then = time.micros - BEHIND_MICROS;
    const [oldest] = this.#heads;
    if (then < this.#startedAt || oldest === undefined || oldest.micros > then) return false;
    return marks.inHistory < oldest.sequence;
  }

  #startHistorian(): void {
    const log = this.#log;
    if (log === undefined) throw new Error('the log starts first');
    const lifetime = this.#thread('historian');
    this.#historian = new HistorianActor(this.#parts, {
      lifetime,
      line: log.connect(lifetime),
      fuse: this.fuse,
      tellReader: () => this.#reader?.wake(),
    });
  }

  #thread(name: string): Lifetime {
    const thread = new Lifetime(name, (error) => {
      thread.end();
      this.#threads.delete(thread);
      this.#fail(name, error);
    });
    this.#threads.add(thread);
    return thread;
  }

  #fail(thread: string, error: unknown): void {
    const { trace, counts, auditor, time } = this.#parts;
    trace.note(`${thread} failed: ${error instanceof Error ? error.message : String(error)}`);
    if (!isExpected(error)) {
      auditor.report('component_failed', `${thread}: ${stackOf(error)}`);
      return;
    }
    if (thread === 'historian' && error instanceof Crash && this.#random.chance(50)) {
      counts.add('fault historian_crash');
      this.#historian?.close();
      this.#historian = undefined;
      time.after(this.#random.integer(3 * SECOND), this.lifetime, () => {
        try {
          this.#startHistorian();
        } catch (failure) {
          this.#fail('start', failure);
        }
      });
      return;
    }
    // The main thread hears of it a moment later; until then the other threads go on.
    const moment = thread === 'start' ? 0 : this.#random.integer(50_000);
    time.after(moment, this.lifetime, () => this.#die(error));
  }

  #die(error: unknown): void {
    this.end();
    this.#onDeath(error);
  }

  #pause(micros: number): Promise<void> {
    return this.#parts.time.sleep(micros, this.lifetime);
  }
}
