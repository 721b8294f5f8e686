/** What can go wrong around the exchange, as opposed to in a command: disk, folder, port, clock. */
export const EXCHANGE_ERRORS = [
  'no_exchange',
  'not_a_sandbox',
  'genesis_unsigned',
  'genesis_invalid',
  'already_founded',
  'data_folder_in_use',
  'address_in_use',
  'address_not_usable',
  'tls_invalid',
  'log_corrupt',
  'log_disk_full',
  'log_write_failed',
  'log_conflict',
  'log_segment_missing',
  'clock_behind',
  'clock_ahead',
  'format_unknown',
  'history_foreign',
  'log_rewritten',
  'recovery_needed',
  'recovery_invalid',
  'backup_exists',
  'heads_corrupt',
  'head_key_wrong',
  'liability_secret_bad',
  'replica_diverged',
  'snapshot_bad',
  'thread_failed',
] as const;
export type ExchangeErrorCode = (typeof EXCHANGE_ERRORS)[number];

export class ExchangeError extends Error {
  override readonly name = 'ExchangeError';
  readonly code: ExchangeErrorCode;
  /** Of the log's entry that is wrong. */
  readonly sequence: number | undefined;

  constructor(fields: {
    readonly code: ExchangeErrorCode;
    readonly message: string;
    readonly sequence?: number;
    readonly cause?: unknown;
  }) {
    super(fields.message, fields.cause === undefined ? undefined : { cause: fields.cause });
    this.code = fields.code;
    this.sequence = fields.sequence;
  }
}

export function isExchangeErrorCode(code: string): code is ExchangeErrorCode {
  return (EXCHANGE_ERRORS as readonly string[]).includes(code);
}
