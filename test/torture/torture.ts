// The torture: a real server under load from real clients, killed again and again, and after every restart
// everything that anybody was told is looked for. A violation is an AssertionError.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Random } from '@picostocks/engine/testing';
import { ONE } from '@picostocks/protocol';
import { auditLog, DataFolder, SqliteLog } from '@picostocks/server';
import { Examiner } from './examiner.ts';
import { foundExchange, furnish, GIFT } from './furnish.ts';
import {
  execute,
  type Kill,
  type KillKind,
  planKill,
  planLoadKill,
  type Range,
} from './kill-plan.ts';
import { LogWitness } from './log-witness.ts';
import { Network } from './network.ts';
import { ServerProcess } from './server-process.ts';
import { TormentedClient } from './tormented-client.ts';

export interface TortureOptions {
  readonly seed: string;
  readonly kills: number;
  readonly between: Range;
  readonly users: number;
  /** Users who do nothing but make the state, and so the writing of a snapshot, longer. */
  readonly crowd: number;
  readonly nodes: number;
  readonly snapshotEvery: number;
  readonly segmentEntries: number;
  readonly say: (line: string) => void;
  /** For the canary: what somebody does to the folder between a kill and the next start. */
  readonly sabotage?: (folder: DataFolder) => void;
}

export interface TortureSummary {
  readonly kills: number;
  readonly killsByKind: Readonly<Partial<Record<KillKind, number>>>;
  /** Kills that left a half written snapshot behind. */
  readonly snapshotsHit: number;
  readonly starts: number;
  readonly calls: number;
  readonly verdicts: Readonly<Record<string, number>>;
  /** Requests that the network delivered twice. */
  readonly sentTwice: number;
  /** Commands whose answer was lost, and which were settled later. */
  readonly doubts: number;
  readonly resultsAsked: number;
  readonly entries: number;
  /** Files of the log. */
  readonly segments: number;
  readonly voids: number;
  readonly stateHash: string;
  /** Lines that servers and their snapshot processes wrote to stderr. */
  readonly complaints: readonly string[];
}

export async function torture(options: TortureOptions): Promise<TortureSummary> {
  const path = mkdtempSync(join(tmpdir(), 'picostocks-torture-'));
  const rack = new Rack(options, new DataFolder(join(path, 'data')));
  try {
    await rack.prepare();
    await rack.run();
    return await rack.finish();
  } finally {
    await rack.release();
    rmSync(path, { recursive: true, force: true });
  }
}

class Rack {
  readonly #options: TortureOptions;
  readonly #folder: DataFolder;
  readonly #random: Random;
  readonly #witness: LogWitness;
  readonly #servers: ServerProcess[] = [];
  readonly #killsByKind: Partial<Record<KillKind, number>> = {};
  readonly #network: Network;
  #clients: TormentedClient[] = [];
  #examiner: Examiner | undefined;
  #kills = 0;
  #snapshotsHit = 0;

  constructor(options: TortureOptions, folder: DataFolder) {
    this.#options = options;
    this.#folder = folder;
    this.#random = new Random(`${options.seed}/kills`);
    this.#network = new Network(new Random(`${options.seed}/network`));
    this.#witness = new LogWitness(folder);
  }

  /** Founds the exchange, furnishes it and registers those who trade. */
  async prepare(): Promise<void> {
    const operatorKey = await foundExchange(this.#folder);
    this.#network.url = await this.#startServer().serving;
    const { users: count, crowd, seed } = this.#options;
    const network = this.#network;
    const clients = await furnish({ network, operatorKey, users: count, crowd });
    const users = clients.slice(1).map(({ userId }) => userId);
    this.#clients = clients.map((client) => {
      const random = new Random(`${seed}/user ${client.userId}`);
      return new TormentedClient({ client, random, users });
    });
    this.#examiner = new Examiner({
      connection: this.#network.connection,
      clients: this.#clients,
      witness: this.#witness,
      random: new Random(`${this.#options.seed}/examiner`),
      gift: BigInt(GIFT) * ONE,
    });
  }

  get #server(): ServerProcess {
    const server = this.#servers.at(-1);
    assert(server !== undefined);
    return server;
  }

  get #examine(): Examiner {
    assert(this.#examiner !== undefined, 'the exchange is prepared');
    return this.#examiner;
  }

  #startServer(): ServerProcess {
    const { nodes, snapshotEvery, segmentEntries } = this.#options;
    const data = this.#folder.path;
    const server = new ServerProcess({ data, nodes, snapshotEvery, segmentEntries });
    this.#servers.push(server);
    return server;
  }

  /** Kill after kill; the server runs when it begins and when it ends. */
  async run(): Promise<void> {
    while (this.#kills < this.#options.kills) {
      const kill = planKill(this.#random, this.#options.between);
      await this.#round(kill);
      const { sequence } = this.#witness.state;
      this.#options.say(
        `${this.#kills} kills, the last: ${kill.kind} ${kill.target}; entry ${sequence}`,
      );
    }
  }

  async #round(kill: Kill): Promise<void> {
    const isLater = kill.kind === 'start' || kill.kind === 'resolve';
    const first = isLater ? planLoadKill(this.#random, this.#options.between) : kill;
    const server = this.#server;
    await this.#killDuring(
      first,
      this.#all((client) => client.trade(() => server.isUp)),
    );
    if (isLater) {
      const next = this.#startServer();
      if (kill.kind === 'start') await this.#killDuring(kill, Promise.resolve());
      else {
        this.#network.url = await next.serving;
        await this.#killDuring(kill, this.#resolveAll());
      }
    }
    this.#options.sabotage?.(this.#folder);
    this.#network.url = await this.#startServer().serving;
    await this.#network.idle();
    await this.#examine.afterRestart();
    await this.#resolveAll();
    await this.#network.idle();
    await this.#examine.afterDoubts();
  }

  async #killDuring(kill: Kill, work: Promise<void>): Promise<void> {
    const server = this.#server;
    const { snapshots } = this.#folder;
    const [{ wasKilled, hitSnapshot }] = await Promise.all([
      execute(server, { kill, snapshots }),
      work,
    ]);
    const isFine = wasKilled || (kill.kind === 'stop' && (await server.exited).code === 0);
    assert(isFine, `the server ended by itself: ${server.stderr}`);
    if (!wasKilled) return;
    this.#kills += 1;
    this.#killsByKind[kill.kind] = (this.#killsByKind[kill.kind] ?? 0) + 1;
    if (hitSnapshot) this.#snapshotsHit += 1;
  }

  #resolveAll(): Promise<void> {
    return this.#all((client) => client.resolveDoubts());
  }

  async #all(work: (client: TormentedClient) => Promise<void>): Promise<void> {
    await Promise.all(this.#clients.map(work));
  }

  /** A clean stop, and a stranger's audit of the whole log. */
  async finish(): Promise<TortureSummary> {
    this.#server.terminate();
    assert.equal((await this.#server.exited).code, 0, this.#server.stderr);
    await Promise.all(this.#servers.map(({ gone }) => gone));
    for (const { stderr } of this.#servers) assert.doesNotMatch(stderr, /passed over/);
    this.#witness.look();
    const log = SqliteLog.openReader(this.#folder.logFolder);
    const report = auditLog(log);
    log.close();
    assert.equal(report.stateHash, this.#witness.stateHash);
    const calls = this.#clients.flatMap((client) => client.calls);
    const verdicts: Record<string, number> = {};
    for (const { verdict } of calls) verdicts[verdict.kind] = (verdicts[verdict.kind] ?? 0) + 1;
    return {
      kills: this.#kills,
      killsByKind: this.#killsByKind,
      snapshotsHit: this.#snapshotsHit,
      starts: this.#servers.length,
      calls: calls.length,
      verdicts,
      sentTwice: this.#network.twice,
      doubts: this.#clients.reduce((sum, { doubtsEver }) => sum + doubtsEver, 0),
      resultsAsked: this.#examine.results,
      entries: report.sequence,
      segments: this.#folder.segments.length,
      voids: report.voids,
      stateHash: report.stateHash,
      complaints: this.#servers.flatMap(({ stderr }) => stderr.split('\n').filter(Boolean)),
    };
  }

  /** Leaves nothing behind, whatever happened. */
  async release(): Promise<void> {
    for (const server of this.#servers) server.kill('group');
    await Promise.all(this.#servers.map(({ gone }) => gone));
  }
}
