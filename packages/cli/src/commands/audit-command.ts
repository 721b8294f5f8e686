import type { AuditReport } from '@picostocks/server';
import type { Command } from 'commander';
import { Output, type Terminal } from '../output.ts';
import { type Column, renderFields, renderTable } from '../table.ts';
import { addLeaf } from './leaf.ts';
import { type LogOptions, openLog, withLog } from './log-source.ts';

export function addAuditCommand(program: Command, terminal: Terminal): void {
  const audit = addLeaf(program, {
    name: 'audit',
    summary: 'Check a whole log: every hash, signature, rule and sum',
    example: 'audit --log 0000000000000001.sqlite',
    details:
      'It believes nothing but the file: it verifies each signature, replays every command, and compares\nwhat all users have with what came in. Exit code 1 names the entry that is wrong, and why.\nIt may run beside a server.',
  });
  withLog(audit).action(async (options: LogOptions) => {
    const { auditLog, formatMicros } = await import('@picostocks/server');
    const output = new Output(terminal, options.json ?? false);
    using opened = await openLog(options);
    const report = watch(output, () =>
      auditLog(opened.log, (done, all) => output.progress(done, all)),
    );
    const time = formatMicros(report.time);
    output.reply(auditReply(report, time), () => auditText(report, time));
  });
}

function watch<Result>(output: Output, work: () => Result): Result {
  try {
    return work();
  } finally {
    output.endProgress();
  }
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
