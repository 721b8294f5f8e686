const SQLITE_FULL = 13;

/** Did SQLite find no space on the disk? The transaction is then as if it had not been. */
export function isSqliteFull(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_FULL;
}
