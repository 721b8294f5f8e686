// A whole exchange in one thread: the real log writer, nodes and historian, a simulated disk, network and
// clock, clients with the real nonce queue, witnesses with the real keeper of heads, operators, custody workers
// and the chain that they pay on, faults, and an auditor who believes nobody.
//
// One seed decides everything. A run has three parts: the exchange is set up and lives with faults; the
// faults end and everything that was begun must settle; the auditor compares all that there is.
//
// Not simulated: HTTP and sockets, SQLite as the log (its recovery is SQLite's, tried in real processes),
// threads that run at the same moment, and a disk that lies about fsync.
//
// Longer than most files, because who is in a run, and in which order its parts end, is read in one place.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Random } from '@picostocks/engine/testing';
import { decodeHead, ENTRY_KINDS, encodeGenesis, fromHex, RULES_MAX } from '@picostocks/protocol';
import { auditLog } from '../packages/server/src/audit.ts';
import { EMPTY_HEAD, sealEntries } from '../packages/server/src/log/log.ts';
import { Auditor, stackOf } from './auditor/auditor.ts';
import { auditDeed } from './auditor/deed-audit.ts';
import { auditHistory } from './auditor/history-audit.ts';
import { tallyLog } from './auditor/tally.ts';
import { WatchedKey } from './auditor/watched-key.ts';
import { type Client, type ClientParts, exchangeOf } from './clients/client.ts';
import { Crowd } from './clients/crowd.ts';
import type { Deed } from './clients/deed.ts';
import { Signer } from './clients/signer.ts';
import { Witness } from './clients/witness.ts';
import { Counts } from './counts.ts';
import { Faults } from './faults.ts';
import { Trace } from './time/trace.ts';
import { Lifetime, VirtualTime } from './time/virtual-time.ts';
import type { Violation, ViolationKind } from './violation.ts';
import { Disk } from './world/disk.ts';
import { DiskLog } from './world/disk-log.ts';
import { HeadDisk } from './world/head-disk.ts';
import { Machine } from './world/machine.ts';
import { MachineClock } from './world/machine-clock.ts';
import { Network } from './world/network.ts';
import type { MachineParts } from './world/process-parts.ts';
import { HONEST, type Seams } from './world/seams.ts';
import { Weather } from './world/weather.ts';

const SECOND = 1_000_000;
const MINUTE = 60 * SECOND;
/** After the faults have ended, everything must settle within this time. */
const SETTLE_MICROS = 30 * MINUTE;

/** Busy, calm and quiet exchanges, with their weights: what happens in a rush differs from what happens at night. */
const PACES: readonly [readonly [number, number], ...(readonly [number, number])[]] = [
  [2, 1],
  [4, 6],
  [4, 25],
];
const FAULT_MICROS = 25 * SECOND;
const WITNESSES: readonly string[] = ['witness 1', 'witness 2'];
const WITNESS_MICROS = 20 * SECOND;
/** How often somebody looks whether what is due was done. */
const TICK_AUDIT_MICROS = 5 * SECOND;

export interface SimulationOptions {
  readonly seed: string;
  readonly minutes: number;
  /** How many times slower than busy clients and faults are; by default the seed decides. */
  readonly pace?: number;
  readonly seams?: Seams;
  /** The violations that count; by default all. */
  readonly hears?: readonly ViolationKind[];
  /** Gives up after so many steps; for canaries. */
  readonly stepsMax?: number;
  readonly echo?: (line: string) => void;
}

export interface SimulationReport {
  readonly seed: string;
  readonly violation: Violation | undefined;
  readonly virtualMinutes: number;
  readonly pace: number;
  readonly steps: number;
  readonly entries: number;
  readonly acknowledged: number;
  readonly answers: number;
  readonly deeds: number;
  readonly counts: readonly (readonly [string, number])[];
  /** Of everything that happened: equal for equal seeds. */
  readonly digest: string;
  readonly lastLines: readonly string[];
}

export async function simulate(options: SimulationOptions): Promise<SimulationReport> {
  const folder = mkdtempSync(join(tmpdir(), 'picostocks-simulation-'));
  const simulation = new Simulation(options, folder);
  // A promise that nobody awaits and that fails would end a real process.
  const onUnhandled = (error: unknown): void => simulation.fail(error);
  process.on('unhandledRejection', onUnhandled);
  try {
    return await simulation.run();
  } finally {
    process.off('unhandledRejection', onUnhandled);
    rmSync(folder, { recursive: true, force: true });
  }
}

class Simulation {
  readonly #options: SimulationOptions;
  readonly #time = new VirtualTime();
  readonly #trace: Trace;
  readonly #auditor: Auditor;
  readonly #counts = new Counts();
  readonly #lifetime: Lifetime;
  readonly #parts: MachineParts;
  readonly #machine: Machine;
  readonly #network: Network;
  readonly #faults: Faults;
  readonly #crowd: Crowd;
  readonly #witnesses: readonly Witness[];
  readonly #deeds: Deed[] = [];
  readonly #signedFor = new Map<string, Deed>();
  readonly #operator: Signer;
  readonly #pace: number;
  #goesOn = true;

  constructor(options: SimulationOptions, folder: string) {
    this.#options = options;
    this.#pace = options.pace ?? this.#random('pace').weighted(PACES);
    const now = () => ({ micros: this.#time.micros, steps: this.#time.steps });
    this.#trace = new Trace(now, options.echo);
    this.#auditor = new Auditor(now, options.hears);
    this.#lifetime = new Lifetime('world', (error) =>
      this.#auditor.report('component_failed', stackOf(error)),
    );
    const nodes = 2 + this.#random('nodes').integer(2);
    const weather = new Weather(this.#random('weather'));
    const disk = new Disk(this.#random('disk'));
    const clock = new MachineClock(this.#time);
    this.#parts = {
      time: this.#time,
      trace: this.#trace,
      weather,
      disk,
      clock,
      auditor: this.#auditor,
      counts: this.#counts,
      seams: options.seams ?? HONEST,
      historyPath: join(folder, 'history.sqlite'),
      snapshots: join(folder, 'snapshots'),
      headDisk: new HeadDisk({
        path: join(folder, 'heads.txt'),
        random: this.#random('heads'),
        disk,
      }),
      headKey: new WatchedKey(`${options.seed}/head`, this.#auditor.heads),
      schedulerOf: (lifetime) =>
        this.#time.schedulerOf(lifetime, () => weather.delayMicros('event_loop')),
    };
    const [time, lifetime, trace, counts] = [this.#time, this.#lifetime, this.#trace, this.#counts];
    this.#machine = new Machine(this.#parts, { lifetime, random: this.#random('machine'), nodes });
    const machine = this.#machine;
    const common = { time, lifetime, trace, counts, machine, weather, disk, clock };
    const { headDisk } = this.#parts;
    this.#network = new Network({ ...common, random: this.#random('network') });
    const network = this.#network;
    this.#faults = new Faults({
      ...common,
      headDisk,
      network,
      nodes,
      random: this.#random('faults'),
    });
    this.#operator = new Signer(`${options.seed}/operator`);
    this.#crowd = new Crowd({
      ...{ time, lifetime, counts },
      seed: options.seed,
      pace: this.#pace,
      seams: this.#parts.seams,
      operator: this.#operator,
      partsOf: (name) => this.#partsOf(name),
      begin: (activity) => this.#begin(activity),
    });
    this.#crowd.chain.onPaid = (payment) => this.#auditor.chain.paid(payment);
    this.#witnesses = WITNESSES.map((name) => this.#witness(name));
  }

  async run(): Promise<SimulationReport> {
    this.#found();
    this.#machine.start();
    this.#begin(this.#crowd.live());
    this.#begin(this.#watchTicks());
    for (const witness of this.#witnesses) {
      const others = this.#witnesses.filter((other) => other !== witness);
      this.#begin(witness.act(WITNESS_MICROS * this.#pace, others, () => this.#goesOn));
    }
    this.#begin(this.#faults.act(FAULT_MICROS * this.#pace, () => this.#goesOn));
    await this.#runFor(this.#options.minutes * MINUTE);
    this.#goesOn = false;
    this.#crowd.stop();
    this.#faults.heal();
    await this.#settle();
    this.#audit();
    this.#machine.process?.end();
    return this.#report();
  }

  fail(error: unknown): void {
    this.#lifetime.fail(error);
  }

  #random(name: string): Random {
    return new Random(`${this.#options.seed}/${name}`);
  }

  /** Entry 1, as `found` in packages/server/src/genesis.ts makes it. */
  #found(): void {
    const { seed } = this.#options;
    const operator = this.#operator;
    const message = encodeGenesis({
      format: 1,
      exchange: exchangeOf(seed),
      rules: RULES_MAX,
      operator: operator.publicKey,
      headKey: new Signer(`${seed}/head`).publicKey,
      sandbox: false,
    });
    const bytesOf = (hex: string): Uint8Array => fromHex(hex) ?? new Uint8Array(0);
    const [key, signature] = [bytesOf(operator.publicKey), bytesOf(operator.sign(message))];
    const proposals = [{ kind: ENTRY_KINDS.genesis, key, signature, message }];
    const time = this.#parts.clock.wall();
    new DiskLog(this.#parts.disk).append(EMPTY_HEAD, sealEntries(EMPTY_HEAD, { proposals, time }));
  }

  /** What goes on beside everything else; what it throws is a bug of the simulation or the client. */
  #begin(activity: Promise<void>): void {
    activity.catch((error: unknown) => this.#lifetime.fail(error));
  }

  /** Is there an exchange that can append, with a clock that is right? */
  get #isHealthy(): boolean {
    const { process } = this.#machine;
    const { clock, disk } = this.#parts;
    if (process === undefined || process.nodes.length === 0) return false;
    return !process.isReadOnly && clock.offsetMicros === 0 && !disk.isFull;
  }

  async #watchTicks(): Promise<void> {
    for (;;) {
      await this.#time.sleep(TICK_AUDIT_MICROS, this.#lifetime);
      const { state } = this.#auditor.reference;
      const now = this.#parts.clock.trueMicros;
      this.#auditor.ticks.check({ now, state, isHealthy: this.#isHealthy });
    }
  }

  #witness(name: string): Witness {
    return new Witness({
      exchange: exchangeOf(this.#options.seed),
      time: this.#time,
      lifetime: this.#lifetime,
      random: this.#random(name),
      network: this.#network,
      counts: this.#counts,
      auditor: this.#auditor,
      deeds: this.#deeds,
    });
  }

  #partsOf(name: string): ClientParts {
    return {
      exchange: exchangeOf(this.#options.seed),
      time: this.#time,
      trace: this.#trace,
      clock: this.#parts.clock,
      network: this.#network,
      lifetime: this.#lifetime,
      random: this.#random(`client ${name}`),
      onSettled: (deed) => {
        this.#deeds.push(deed);
        for (const signature of deed.signatures) {
          const owner = this.#signedFor.get(signature) ?? deed;
          this.#signedFor.set(signature, owner);
          if (owner !== deed) this.#network.noteShared(signature);
        }
        this.#counts.add(`deeds ${deed.outcome?.kind}`);
        auditDeed(this.#auditor, this.#network, deed);
      },
    };
  }

  async #runFor(micros: number): Promise<void> {
    const goesOn = (): boolean => this.#auditor.violation === undefined && !this.#isStopped;
    await this.#time.run(this.#time.micros + micros, goesOn);
  }

  get #isStopped(): boolean {
    return this.#time.steps >= (this.#options.stepsMax ?? Infinity);
  }

  /** Liveness: with every fault healed, everything that was begun comes to an end. */
  async #settle(): Promise<void> {
    const end = this.#time.micros + SETTLE_MICROS;
    const isOver = (): boolean => this.#auditor.violation !== undefined || this.#time.micros >= end;
    while (!isOver() && !this.#isSettled) await this.#runFor(10 * SECOND);
    if (this.#auditor.violation !== undefined) return;
    const finished = this.#crowd.finish();
    this.#begin(finished);
    let isFinished = false;
    void finished.then(() => {
      isFinished = true;
    });
    while (!isOver() && !isFinished) await this.#runFor(10 * SECOND);
    const last = this.#living.map((client) => client.command('noop', {}));
    while (!isOver() && !this.#isSettled) await this.#runFor(10 * SECOND);
    if (this.#auditor.violation !== undefined) return;
    if (!this.#isSettled) {
      const waiting = this.#crowd.clients
        .map(({ name, pending }) => `${name} ${pending}`)
        .join(', ');
      this.#auditor.report('not_live', `after 30 healthy minutes there wait: ${waiting}`);
      return;
    }
    for (const { outcome, owner } of await Promise.all(last)) {
      if (outcome?.kind === 'applied') continue;
      this.#auditor.report('not_live', `the last noop of ${owner} is ${JSON.stringify(outcome)}`);
    }
    await this.#witnessEnd();
  }

  /** Whatever happened, everybody comes to a head of the whole log that he can verify. */
  async #witnessEnd(): Promise<void> {
    // Until the next head is due.
    await this.#runFor(MINUTE);
    let checked = 0;
    const check = async (witness: Witness): Promise<void> => {
      await witness.check();
      checked += 1;
    };
    for (const witness of this.#witnesses) this.#begin(check(witness));
    await this.#runFor(MINUTE);
    // Time stands still after a violation and after the last step, so nothing may be waited for.
    if (this.#auditor.violation !== undefined || this.#isStopped) return;
    if (checked < this.#witnesses.length) {
      this.#auditor.report('not_live', 'a witness waits for its last head');
      return;
    }
    const { count } = this.#auditor.reference;
    for (const { kept } of this.#witnesses) {
      const sequence = decodeHead(kept?.text ?? '')?.sequence;
      if (sequence === count) continue;
      this.#auditor.report('not_live', `a witness has the head of ${sequence}, not of ${count}`);
    }
  }

  /** Every client whose key still signs, with the key that it has now. */
  get #living(): Client[] {
    const living = this.#crowd.clients.filter((client) => client.mayAct);
    for (const client of living) client.takeKey();
    return living;
  }

  get #isSettled(): boolean {
    const { process } = this.#machine;
    const { count } = this.#auditor.reference;
    const nodes = process?.nodes ?? [];
    return (
      this.#crowd.clients.every(({ pending }) => pending === 0) &&
      this.#witnesses.every(({ isBusy }) => !isBusy) &&
      nodes.length > 0 &&
      nodes.every((node) => node.pending === 0 && node.state.sequence === count) &&
      process?.historian?.state.sequence === count
    );
  }

  /** What is left to compare when all is quiet. */
  #audit(): void {
    const auditor = this.#auditor;
    if (
      auditor.violation !== undefined ||
      this.#time.steps >= (this.#options.stepsMax ?? Infinity)
    ) {
      return;
    }
    const { reference } = auditor;
    reference.checkState();
    const { process } = this.#machine;
    for (const node of process?.nodes ?? []) auditor.checkState(node.lifetime.name, node.state);
    if (process?.historian) auditor.checkState('historian', process.historian.state);
    const { historyPath, headDisk } = this.#parts;
    auditHistory(auditor, historyPath);
    auditor.chain.checkEnd(this.#crowd.chain, reference.money);
    auditor.heads.checkEnd({ heads: headDisk.path, history: historyPath });
    this.#counts.add('heads signed', auditor.heads.count);
    for (const deed of this.#deeds) auditDeed(auditor, this.#network, deed);
    try {
      const report = auditLog(new DiskLog(this.#parts.disk));
      if (report.sequence !== reference.count) {
        auditor.report('durable_entry_lost', `${report.sequence} of ${reference.count} entries`);
      }
      if (report.stateHash !== reference.stateHashAt(reference.count)) {
        auditor.report('replicas_differ', 'a stranger who replays the log gets another state');
      }
    } catch (error) {
      auditor.report('log_chain_broken', stackOf(error));
    }
  }

  #report(): SimulationReport {
    tallyLog(this.#auditor.reference, this.#counts);
    return {
      seed: this.#options.seed,
      violation: this.#auditor.violation,
      virtualMinutes: this.#time.micros / MINUTE,
      pace: this.#pace,
      steps: this.#time.steps,
      entries: this.#auditor.reference.count,
      acknowledged: this.#auditor.acknowledged,
      answers: this.#auditor.answers,
      deeds: this.#deeds.length,
      counts: this.#counts.entries(),
      digest: this.#trace.digest,
      lastLines: this.#trace.last,
    };
  }
}
