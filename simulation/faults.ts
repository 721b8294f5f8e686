// What goes wrong, when: chosen by the seed, one fault after the other, some of them lasting.
//
// Every fault heals by itself in the end, or by what an operator would do: a machine that stays broken
// shows nothing. Several may hold at once.

import type { Random } from '@picostocks/engine/testing';
import type { Counts } from './counts.ts';
import type { Trace } from './time/trace.ts';
import type { Lifetime, VirtualTime } from './time/virtual-time.ts';
import { CRASH_POINTS, type Disk } from './world/disk.ts';
import type { HeadDisk } from './world/head-disk.ts';
import type { Machine } from './world/machine.ts';
import type { MachineClock } from './world/machine-clock.ts';
import type { Network } from './world/network.ts';
import { LINKS, type Weather } from './world/weather.ts';

const SECOND = 1_000_000;

export interface FaultParts {
  readonly time: VirtualTime;
  readonly trace: Trace;
  readonly counts: Counts;
  readonly lifetime: Lifetime;
  readonly random: Random;
  readonly machine: Machine;
  readonly disk: Disk;
  readonly headDisk: HeadDisk;
  readonly clock: MachineClock;
  readonly weather: Weather;
  readonly network: Network;
  readonly nodes: number;
}

interface Fault {
  readonly name: string;
  readonly weight: number;
  /** Answers false when there was nothing to break. */
  readonly strike: () => boolean | undefined;
}

export class Faults {
  readonly #parts: FaultParts;
  readonly #faults: readonly Fault[];

  constructor(parts: FaultParts) {
    this.#parts = parts;
    this.#faults = [...this.#crashes(), ...this.#badDisk(), ...this.#badWorld()];
  }

  /** Breaks something now and then, for as long as told. */
  async act(everyMicros: number, goesOn: () => boolean): Promise<void> {
    const { random, trace, counts, time, lifetime } = this.#parts;
    while (goesOn()) {
      await time.sleep(1 + random.integer(2 * everyMicros), lifetime);
      if (!goesOn()) return;
      const fault = this.#choose();
      trace.note(`fault ${fault.name}`);
      if (fault.strike() !== false) counts.add(`fault ${fault.name}`);
    }
  }

  /** Ends every fault that lasts. */
  heal(): void {
    const { disk, headDisk, weather, machine, network } = this.#parts;
    headDisk.failsFsync = false;
    headDisk.crashAt = undefined;
    disk.isFull = false;
    disk.failsFsync = false;
    disk.crashAt = undefined;
    weather.clearAll();
    network.isCopying = false;
    machine.correctClock();
  }

  #choose(): Fault {
    const sum = this.#faults.reduce((total, { weight }) => total + weight, 0);
    let left = this.#parts.random.integer(sum);
    for (const fault of this.#faults) {
      if (left < fault.weight) return fault;
      left -= fault.weight;
    }
    throw new Error('a weight was chosen');
  }

  #crashes(): Fault[] {
    const { machine, random, nodes, disk, headDisk, trace } = this.#parts;
    return [
      {
        name: 'node_crash',
        weight: 15,
        strike: () =>
          machine.process?.killNode(random.integer(nodes), random.integer(4 * SECOND)) ?? false,
      },
      {
        name: 'historian_fuse',
        weight: 10,
        strike: () => {
          const { process } = machine;
          if (process !== undefined) process.fuse.left = random.integer(6);
          return process !== undefined;
        },
      },
      {
        name: 'log_crash',
        weight: 20,
        strike: () => {
          disk.crashAt = random.pick(CRASH_POINTS);
          trace.note(`the log will crash at ${disk.crashAt}`);
          return true;
        },
      },
      {
        name: 'head_crash',
        weight: 10,
        strike: () => {
          headDisk.crashAt = random.pick(CRASH_POINTS);
          trace.note(`the next head will crash at ${headDisk.crashAt}`);
          return true;
        },
      },
      { name: 'process_kill', weight: 8, strike: () => machine.kill({ power: false }) },
      { name: 'power_cut', weight: 8, strike: () => machine.kill({ power: true }) },
      { name: 'clean_restart', weight: 5, strike: () => void machine.restart() },
    ];
  }

  #badDisk(): Fault[] {
    const { machine, disk, headDisk } = this.#parts;
    return [
      {
        name: 'disk_full',
        weight: 8,
        strike: () => {
          disk.isFull = true;
          return this.#later(40 * SECOND, () => {
            disk.isFull = false;
          });
        },
      },
      {
        name: 'fsync_failure',
        weight: 6,
        strike: () => {
          disk.failsFsync = true;
          return true;
        },
      },
      {
        name: 'head_fsync_failure',
        weight: 4,
        strike: () => {
          headDisk.failsFsync = true;
          return true;
        },
      },
      { name: 'snapshot_made', weight: 12, strike: () => machine.makeSnapshot() as undefined },
      { name: 'snapshot_damaged', weight: 6, strike: () => machine.damageSnapshot() },
      {
        name: 'bit_flipped',
        weight: 8,
        strike: () => {
          const hasFlipped = machine.flipBit();
          if (hasFlipped) this.#later(8 * SECOND, () => machine.checkFlipped());
          return hasFlipped;
        },
      },
    ];
  }

  #badWorld(): Fault[] {
    const { machine, random, clock, weather, network } = this.#parts;
    return [
      {
        name: 'clock_jump',
        weight: 6,
        strike: () => {
          clock.offsetMicros += random.integer(90 * SECOND) - 45 * SECOND;
          return this.#later(30 * SECOND, () => {
            clock.offsetMicros = 0;
            if (random.chance(50)) machine.correctClock();
          });
        },
      },
      {
        name: 'slow_link',
        weight: 14,
        strike: () => {
          const link = random.pick(LINKS);
          weather.slow(link, random.pick([SECOND / 20, SECOND, 15 * SECOND]));
          return this.#later(20 * SECOND, () => weather.clear(link));
        },
      },
      {
        name: 'lossy_network',
        weight: 10,
        strike: () => {
          weather.lossPercent = 5 + random.integer(40);
          return this.#later(30 * SECOND, () => {
            weather.lossPercent = 0;
          });
        },
      },
      {
        name: 'replays',
        weight: 14,
        strike: () => {
          const count = 1 + random.integer(12);
          for (let copy = 0; copy < count; copy += 1) network.replay();
          return true;
        },
      },
    ];
  }

  #later(withinMicros: number, act: () => void): true {
    const { time, random, lifetime } = this.#parts;
    time.after(SECOND + random.integer(withinMicros), lifetime, act);
    return true;
  }
}
