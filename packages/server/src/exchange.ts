// One machine: a log thread, a historian, a history reader and the nodes, each with its verifier, in one process.
//
// If any thread dies, the exchange has failed and the process must end: half an exchange would answer
// with half the truth. What was acknowledged is in the log.

import { createServer } from 'node:net';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import type { SignedHead } from '@picostocks/protocol';
import { type DataFolder, lockFile } from './data-folder.ts';
import { ExchangeError, isExchangeErrorCode } from './exchange-error.ts';
import { SEGMENT_ENTRIES } from './log/sqlite-log.ts';
import { Marks } from './marks.ts';
import type { NodeOptions } from './node/node-options.ts';
import { refuseUnrecovered } from './recovery/recovery-mark.ts';
import { SnapshotSchedule } from './snapshot/snapshot-schedule.ts';
import type {
  HistorianThreadData,
  LogThreadData,
  NodeThreadData,
  Order,
  ReaderThreadData,
  Report,
  VerifierThreadData,
} from './thread/thread-data.ts';
import { readTlsFiles, type TlsFiles } from './tls-files.ts';

export interface ExchangeOptions {
  readonly folder: DataFolder;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Default: one per core, at most 4. */
  readonly nodes?: number;
  /** Start although the last entry is more than a day old. */
  readonly acceptTime?: boolean;
  /** A snapshot after this many entries, and one at the end; 0: none. */
  readonly snapshotEvery?: number;
  /** Entries after which the next segment of the log begins. */
  readonly segmentEntries?: number;
  /** Milliseconds between two heads when something happened; 0: only at start, at stop, on demand. */
  readonly headEveryMs?: number;
  /** Speak HTTPS with this certificate; default: plain HTTP. */
  readonly tls?: TlsFiles | undefined;
  readonly node?: Partial<Omit<NodeOptions, 'host' | 'port' | 'reusePort' | 'tls'>>;
  /** Milliseconds between two publications of liabilities when something happened; 0: only on demand. */
  readonly liabilitiesEveryMs?: number;
}

const NODE_DEFAULTS = {
  deadlineMs: 10_000,
  requestTimeoutMs: 10_000,
  inFlightMax: 10_000,
  requestsPerSecond: 200,
  rejectionsPerSecond: 10,
  trustedProxies: [],
  logLevel: 'warn',
};

const NODES_MAX = 4;
const SNAPSHOT_EVERY = 100_000;
const HEAD_EVERY_MS = 60_000;
const LIABILITIES_EVERY_MS = 3_600_000;
const STOP_MS = 15_000;

/** Where `startThreads` puts the historian. */
const HISTORIAN_STAGE = 3;

/** One port for several nodes needs `SO_REUSEPORT` with load balancing, which Linux has. */
const CAN_SHARE_PORT = process.platform === 'linux';

interface Running {
  /** In the order in which they stop. */
  readonly stages: readonly Thread[][];
  readonly lock: Disposable;
  readonly snapshots: SnapshotSchedule;
  readonly isSecure: boolean;
}

export class Exchange {
  readonly address: { readonly host: string; readonly port: number };
  readonly #scheme: 'http' | 'https';
  readonly nodes: number;
  /** Rejects when a thread dies; never resolves. */
  readonly failed: Promise<never>;
  readonly #running: Running;
  #stopped: Promise<void> | undefined;

  private constructor(address: { host: string; port: number }, running: Running) {
    this.address = address;
    this.#scheme = running.isSecure ? 'https' : 'http';
    this.nodes = running.stages[0]?.length ?? 0;
    this.#running = running;
    this.failed = Promise.race(running.stages.flat().map((thread) => thread.failed));
    // Whoever cares awaits it; an exchange that is being stopped has nobody left to tell.
    this.failed.catch(() => undefined);
  }

  get url(): string {
    const { host, port } = this.address;
    return `${this.#scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
  }

  /**
   * Starts the exchange of a data folder and answers once it serves.
   *
   * @throws ExchangeError `no_exchange`, `tls_invalid`, `data_folder_in_use`, `address_in_use`, `clock_behind`, …
   */
  static async start(options: ExchangeOptions): Promise<Exchange> {
    const { folder, host } = options;
    if (!folder.hasLog) {
      throw new ExchangeError({
        code: 'no_exchange',
        message: `there is no exchange in ${folder.path}: make one with "picostocks init", or a sandbox with "npm start"`,
      });
    }
    const tls = options.tls === undefined ? undefined : readTlsFiles(options.tls);
    const lock = new DisposableStack();
    lock.use(folder.lock());
    const started: Thread[] = [];
    try {
      refuseUnrecovered(folder);
      const port = await findPort(host, options.port);
      lock.use(claimPort(host, port));
      const marks = new Marks();
      const every = options.snapshotEvery ?? SNAPSHOT_EVERY;
      const where = { host, port, reusePort: false, tls };
      const node = { ...NODE_DEFAULTS, ...options.node, ...where };
      const stages = await startThreads(
        { ...options, snapshotEvery: every },
        { marks, started, node },
      );
      const snapshots = new SnapshotSchedule({ folder, marks, every });
      const isSecure = tls !== undefined;
      return new Exchange({ host, port }, { stages, lock, snapshots, isSecure });
    } catch (error) {
      await Promise.all(started.map((thread) => thread.terminate()));
      lock[Symbol.dispose]();
      throw error;
    }
  }

  /**
   * Signs a head of the log as it is now; answers the newest head, or `undefined` where the exchange
   * has none because its head key is lost.
   *
   * @throws ExchangeError `log_rewritten` and others, when the historian fails; the exchange then has failed.
   */
  signHead(): Promise<SignedHead | undefined> {
    return this.#askHistorian('sign_head');
  }

  /**
   * Signs a head as `signHead` does and publishes with it what the exchange owes, if entries came since
   * that was done last. Where it cannot be published, a line on stderr says why.
   *
   * @throws ExchangeError as `signHead` does.
   */
  publishLiabilities(): Promise<SignedHead | undefined> {
    return this.#askHistorian('publish_liabilities');
  }

  async #askHistorian(order: Exclude<Order, 'stop'>): Promise<SignedHead | undefined> {
    const [historian] = this.#running.stages[HISTORIAN_STAGE] ?? [];
    if (historian === undefined) throw new Error('an exchange has a historian');
    const report = await historian.ask(order);
    return report.kind === 'head' ? report.head : undefined;
  }

  /** Takes no more requests, finishes those under way, and closes log and history. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stopAll();
    return this.#stopped;
  }

  async #stopAll(): Promise<void> {
    const { stages, lock, snapshots } = this.#running;
    snapshots.stop();
    for (const stage of stages) await Promise.all(stage.map((thread) => thread.stop()));
    lock[Symbol.dispose]();
  }
}

/**
 * Answers the port to listen on, if nobody listens there. It is bound once without `reusePort`: the nodes
 * share the port, and with whoever else shares it the system would divide the clients between the two.
 */
async function findPort(host: string, port: number): Promise<number> {
  const server = createServer();
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.once('error', (cause: NodeJS.ErrnoException) => reject(addressError(cause, host, port)));
  server.listen({ host, port, exclusive: true }, () => {
    const address = server.address();
    const bound = typeof address === 'object' && address !== null ? address.port : port;
    server.close(() => resolve(bound));
  });
  return promise;
}

/** Keeps other exchanges from the address from now on: this one does not listen before it is ready. */
function claimPort(host: string, port: number): Disposable | undefined {
  const name = `picostocks-${host.replace(/[^0-9A-Za-z.]/g, '_')}-${port}.lock`;
  let claim: Disposable | undefined;
  try {
    claim = lockFile(join(tmpdir(), name));
  } catch {
    // Another user's file; whether he listens was found out by binding.
    return undefined;
  }
  if (claim === undefined) throw addressError({ code: 'EADDRINUSE' }, host, port);
  return claim;
}

function addressError(
  cause: { readonly code?: string },
  host: string,
  port: number,
): ExchangeError {
  const isTaken = cause.code === 'EADDRINUSE';
  return new ExchangeError({
    code: isTaken ? 'address_in_use' : 'address_not_usable',
    message: isTaken
      ? `port ${port} of ${host} is taken by another program: stop it, or choose another with --port`
      : `cannot listen on port ${port} of ${host} (${cause.code})`,
    cause,
  });
}

/** Starts the threads, each once those that it needs are ready; answers them in the order to stop. */
async function startThreads(
  options: ExchangeOptions & { readonly snapshotEvery: number },
  shared: { readonly marks: Marks; readonly started: Thread[]; readonly node: NodeOptions },
): Promise<Thread[][]> {
  const { folder } = options;
  const cores = Math.min(NODES_MAX, availableParallelism());
  const count = CAN_SHARE_PORT ? (options.nodes ?? cores) : 1;
  const marks = shared.marks.buffer;
  const logToNode = Array.from({ length: count }, () => new MessageChannel());
  const readerToNode = Array.from({ length: count }, () => new MessageChannel());
  const logToHistorian = new MessageChannel();
  const historianToReader = new MessageChannel();
  const { logFolder: logPath, history: historyPath, snapshots } = folder;
  const start = async (name: string, data: object, ports: readonly MessagePort[]) => {
    const thread = new Thread(name, data, ports);
    shared.started.push(thread);
    await thread.ready;
    return thread;
  };

  const followers = [...logToNode.map(({ port1 }) => port1), logToHistorian.port1];
  const logData: LogThreadData = {
    logPath,
    marks,
    followers,
    acceptTime: options.acceptTime ?? false,
    segmentEntries: options.segmentEntries ?? SEGMENT_ENTRIES,
  };
  const log = await start('log', logData, followers);

  const [toLog, toReader] = [logToHistorian.port2, historianToReader.port1];
  const historianData: HistorianThreadData = {
    logPath,
    historyPath,
    snapshots,
    snapshotAtStop: options.snapshotEvery > 0,
    ...promisesOf(options),
    marks,
    log: toLog,
    reader: toReader,
  };
  const historian = await start('historian', historianData, [toLog, toReader]);

  const readerNodes = readerToNode.map(({ port1 }) => port1);
  const readerData: ReaderThreadData = {
    logPath,
    historyPath,
    liabilitiesPath: folder.liabilities,
    marks,
    historian: historianToReader.port2,
    nodes: readerNodes,
  };
  const reader = await start('reader', readerData, [readerData.historian, ...readerNodes]);

  const verifierToNode = Array.from({ length: count }, () => new MessageChannel());
  const verifiers = await Promise.all(
    verifierToNode.map(({ port1: node }) =>
      start('verifier', { node } satisfies VerifierThreadData, [node]),
    ),
  );

  const nodes = await Promise.all(
    logToNode.map(({ port2 }, index) => {
      const history = readerToNode[index]?.port2;
      const verifier = verifierToNode[index]?.port2;
      if (history === undefined || verifier === undefined) {
        throw new Error('every node has a channel to the reader and to its verifier');
      }
      const data: NodeThreadData = {
        logPath,
        snapshots,
        marks,
        log: port2,
        history,
        verifier,
        options: { ...shared.node, reusePort: count > 1 },
      };
      return start('node', data, [port2, history, verifier]);
    }),
  );
  return [nodes, verifiers, [log], [historian], [reader]];
}

/** Where the historian keeps what the exchange has signed, and how often it signs. */
function promisesOf({ folder, headEveryMs, liabilitiesEveryMs }: ExchangeOptions) {
  return {
    headsPath: folder.heads,
    headKeyPath: folder.headKey,
    headEveryMs: headEveryMs ?? HEAD_EVERY_MS,
    liabilitiesPath: folder.liabilities,
    liabilitySecretPath: folder.liabilitySecret,
    liabilitiesEveryMs: liabilitiesEveryMs ?? LIABILITIES_EVERY_MS,
  };
}

/** A worker thread as the main thread sees it. */
class Thread {
  readonly ready: Promise<void>;
  readonly failed: Promise<never>;
  readonly #worker: Worker;
  readonly #stopped: Promise<void>;
  /** Who waits for a report, in the order of their orders. */
  readonly #asked: ((report: Report) => void)[] = [];
  #isStopping = false;

  constructor(name: string, data: object, ports: readonly MessagePort[]) {
    const file = new URL(`./thread/${name}-thread.ts`, import.meta.url);
    this.#worker = new Worker(file, { name, workerData: data, transferList: [...ports] });
    const ready = Promise.withResolvers<void>();
    const stopped = Promise.withResolvers<void>();
    const failed = Promise.withResolvers<never>();
    this.ready = ready.promise;
    this.#stopped = stopped.promise;
    this.failed = failed.promise;
    const fail = (cause: unknown): void => {
      stopped.resolve();
      if (this.#isStopping) return;
      const error = threadError(name, cause);
      ready.reject(error);
      failed.reject(error);
    };
    this.failed.catch(() => undefined);
    this.#worker.on('message', (report: Report) => {
      if (report.kind === 'ready') ready.resolve();
      else if (report.kind === 'stopped') stopped.resolve();
      else this.#asked.shift()?.(report);
    });
    this.#worker.on('error', fail);
    this.#worker.on('exit', (code) => fail(new Error(`it ended with code ${code}`)));
  }

  /** Gives an order and answers the report on it. */
  ask(order: Exclude<Order, 'stop'>): Promise<Report> {
    const { promise, resolve } = Promise.withResolvers<Report>();
    this.#asked.push(resolve);
    this.#worker.postMessage(order);
    return Promise.race([promise, this.failed]);
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#worker.postMessage('stop');
    const timer = setTimeout(() => void this.#worker.terminate(), STOP_MS);
    await this.#stopped;
    clearTimeout(timer);
  }

  async terminate(): Promise<void> {
    this.#isStopping = true;
    await this.#worker.terminate();
  }
}

/** An error keeps its code across threads, but not its class. */
function threadError(name: string, cause: unknown): ExchangeError {
  const { code, message } = cause as { code?: unknown; message?: unknown };
  const isOurs = typeof code === 'string' && isExchangeErrorCode(code);
  return new ExchangeError({
    code: isOurs ? code : 'thread_failed',
    message: isOurs ? String(message) : `the ${name} thread failed: ${message}`,
    cause,
  });
}
