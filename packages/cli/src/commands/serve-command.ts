import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { UsageError } from '../failure.ts';
import { Output, type Terminal } from '../output.ts';
import { publishOnSignal } from '../publish-signal.ts';
import { runUntilStopped } from '../stop-signal.ts';
import { addLeaf, readCount, readPositive } from './leaf.ts';
import { withServerOptions } from './sandbox-command.ts';

interface ServeOptions {
  readonly json?: boolean;
  readonly data: string;
  readonly host: string;
  readonly port: number;
  readonly nodes?: number;
  readonly acceptTime?: boolean;
  readonly trustedProxy: readonly string[];
  readonly rateLimit: number;
  readonly snapshotEvery: number;
  readonly segmentEntries: number;
  readonly auditLog: boolean;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly liabilitiesEvery: number;
  readonly logLevel: string;
}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];

export function addServeCommand(program: Command, terminal: Terminal): void {
  const serve = addLeaf(program, {
    name: 'serve',
    summary: 'Run the exchange of a data folder',
    example: 'serve --data ./data --port 8000',
    details:
      'The folder is made with "picostocks init". SIGTERM stops cleanly. Before others than this machine\nreach it, give it a certificate with --tls-cert and --tls-key, or put a proxy with TLS in front of it and\nname that proxy with --trusted-proxy.',
  });
  withServerOptions(serve)
    .option('--accept-time', 'start although the last entry is more than a day old')
    .addOption(
      new Option(
        '--trusted-proxy <address>',
        'believe the forwarded address of this proxy; may be repeated',
      )
        .argParser((address: string, others: readonly string[]) => [...others, address])
        .default([], 'none'),
    )
    .option(
      '--rate-limit <n>',
      'requests a second from one address to one node; 0: no limit',
      readCount,
      200,
    )
    .option(
      '--snapshot-every <n>',
      'entries between two snapshots, and one at a clean stop; 0: none',
      readCount,
      100_000,
    )
    .option(
      '--segment-entries <n>',
      'entries in one file of the log, before the next file is begun',
      readPositive,
      10_000_000,
    )
    .option(
      '--liabilities-every <seconds>',
      'between two publications of what is owed to whom; 0: only at SIGUSR2',
      readLiabilitySeconds,
      3_600,
    )
    .option(
      '--no-audit-log',
      'keep the entries of the log to yourself; heads and proofs stay public',
    )
    .option('--tls-cert <file>', 'serve HTTPS: the certificate with its chain, PEM')
    .option('--tls-key <file>', 'the private key of the certificate, PEM')
    .addOption(
      new Option('--log-level <level>', 'what goes to stderr').choices(LOG_LEVELS).default('warn'),
    )
    .action((options: ServeOptions) => runUntilStopped(() => start(terminal, options)));
}

const WEEK_SECONDS = 604_800;

function readLiabilitySeconds(text: string): number {
  const seconds = readCount(text);
  if (seconds > WEEK_SECONDS) {
    throw new InvalidArgumentError(`It must be between 0 and ${WEEK_SECONDS}.`);
  }
  return seconds;
}

async function start(terminal: Terminal, options: ServeOptions) {
  const { DataFolder, Exchange, ExchangeError } = await import('@picostocks/server');
  const { host, port, nodes, acceptTime = false, trustedProxy, rateLimit, logLevel } = options;
  const { snapshotEvery, segmentEntries, auditLog } = options;
  const tls = tlsFiles(options);
  const output = new Output(terminal, options.json ?? false);
  const publishFor = publishOnSignal(output);
  const folder = new DataFolder(resolve(options.data));
  if (!folder.hasLog && existsSync(folder.genesis)) {
    throw new ExchangeError({
      code: 'genesis_unsigned',
      message: `${folder.genesis} waits for the operator's signature: finish with "picostocks init --data ${options.data} --signature HEX"`,
    });
  }
  const exchange = await Exchange.start({
    folder,
    host,
    port,
    acceptTime,
    snapshotEvery,
    tls,
    segmentEntries,
    liabilitiesEveryMs: options.liabilitiesEvery * 1_000,
    node: { trustedProxies: trustedProxy, requestsPerSecond: rateLimit, auditLog, logLevel },
    ...(nodes === undefined ? {} : { nodes }),
  });
  const { pid } = process;
  const reply = { url: exchange.url, data: folder.path, nodes: exchange.nodes, process: pid };
  publishFor(exchange);
  output.reply(
    reply,
    () =>
      `The exchange serves at ${exchange.url} (data: ${folder.path}, nodes: ${exchange.nodes}, process: ${pid}).`,
  );
  return exchange;
}

function tlsFiles({ tlsCert, tlsKey }: ServeOptions) {
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) {
    throw new UsageError('--tls-cert and --tls-key belong together');
  }
  return { certPath: resolve(tlsCert), keyPath: resolve(tlsKey) };
}
