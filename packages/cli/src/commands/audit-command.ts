import { resolve } from 'node:path';
import type { AuditReport, PublicationAudit } from '@picostocks/server';
import type { Command } from 'commander';
import { UsageError } from '../failure.ts';
import { Output, type Terminal } from '../output.ts';
import { type Column, renderFields, renderTable } from '../table.ts';
import { addLeaf } from './leaf.ts';
import { type LogOptions, openLog, withLog } from './log-source.ts';

interface AuditOptions extends LogOptions {
  readonly heads?: string;
  readonly liabilities?: string;
  readonly liabilitySecret?: string;
}

export function addAuditCommand(program: Command, terminal: Terminal): void {
  const audit = addLeaf(program, {
    name: 'audit',
    summary: 'Check a whole log: every hash, signature, rule and sum',
    example: 'audit --log ./copy-of-log',
    details:
      'It believes nothing but the log: it verifies each signature, replays every command, and compares\nwhat all users have with what came in. Exit code 1 names the entry that is wrong, and why.\nWhat the exchange published to owe is held against it too: that of the data folder, or of\n--heads and --liabilities. Only the operator can give the secret, with which every tree is built again.\nIt may run beside a server.',
  });
  withLog(audit)
    .option('--heads <file>', 'the signed heads; default: those of the data folder')
    .option('--liabilities <folder>', 'what was published; default: that of the data folder')
    .option('--liability-secret <file>', 'the secret of the salts')
    .action(async (options: AuditOptions) => {
      const { auditLog, formatMicros } = await import('@picostocks/server');
      const output = new Output(terminal, options.json ?? false);
      using opened = await openLog(options);
      // Read before the log, which may grow: a head is signed after its entry is there.
      const publications = await openPublications(options);
      const report = output.watch(() =>
        auditLog(opened.log, (done, all) => output.progress(done, all), publications),
      );
      const time = formatMicros(report.time);
      output.reply(auditReply(report, time), () => auditText(report, time));
    });
}

/** `undefined` where a log alone is audited and nothing was published, as far as is said. */
async function openPublications(options: AuditOptions): Promise<PublicationAudit | undefined> {
  const { DataFolder, PublicationAudit } = await import('@picostocks/server');
  const folder = options.log === undefined ? new DataFolder(resolve(options.data)) : undefined;
  const heads = options.heads ?? folder?.heads;
  const liabilities = options.liabilities ?? folder?.liabilities;
  const { liabilitySecret: secret } = options;
  if (heads !== undefined && liabilities !== undefined) {
    return new PublicationAudit({ heads, liabilities, secret });
  }
  if (heads === undefined && liabilities === undefined && secret === undefined) return undefined;
  throw new UsageError('beside a log alone, --heads and --liabilities are needed together');
}

function auditReply({ logHash, stateHash, ...report }: AuditReport, time: string) {
  return { ...report, time, log_hash: logHash, state_hash: stateHash };
}

function auditText(report: AuditReport, time: string): string {
  const fields = renderFields({
    exchange: report.exchange,
    entries: String(report.sequence),
    'last entry': time,
    users: String(report.users),
    signatures: `${report.signatures}, all good`,
    rejections: String(report.rejections),
    voids: String(report.voids),
    recoveries: String(report.recoveries),
    publications: String(report.publications),
    'log hash': report.logHash,
    'state hash': report.stateHash,
  });
  const parts = ['Nothing is wrong with this log.', fields];
  if (report.assets.length > 0) parts.push(totalsTable(report));
  return parts.join('\n\n');
}

/** FREE and LOCKED are what all users have together; with OUTSIDE they are zero. */
function totalsTable({ assets }: AuditReport): string {
  const columns: Column[] = [
    { title: 'ASSET' },
    { title: 'ID', align: 'right' },
    { title: 'FREE', align: 'amount' },
    { title: 'LOCKED', align: 'amount' },
    { title: 'OUTSIDE', align: 'amount' },
  ];
  const rows = assets.map(({ code, stock_id, free, locked, outside }) => [
    code.toUpperCase(),
    String(stock_id),
    free,
    locked,
    outside,
  ]);
  return renderTable(columns, rows);
}
