export { AuditFailed, type AuditReport, auditLog } from './audit.ts';
export { DataFolder } from './data-folder.ts';
export { Exchange, type ExchangeOptions } from './exchange.ts';
export { ExchangeError, type ExchangeErrorCode } from './exchange-error.ts';
export {
  EXPORT_FORMATS,
  EXPORTS,
  type ExportFormat,
  type ExportKind,
  type ExportOptions,
  type ExportRange,
  exportLines,
} from './export.ts';
export { formatMicros } from './export-row.ts';
export { found, prepareGenesis, readGenesis } from './genesis.ts';
export { PublicationAudit } from './liabilities/publication-audit.ts';
export type { Log } from './log/log.ts';
export { SqliteLog } from './log/sqlite-log.ts';
export { Past } from './past.ts';
export { type BackupOptions, type BackupReport, backUp } from './recovery/backup.ts';
export { Recovery, type RecoveryReport } from './recovery/recovery.ts';
export { listSnapshots, snapshotPath } from './snapshot/snapshot-file.ts';
export { makeSnapshot, startEngine } from './snapshot/start-engine.ts';
