// The history: what reads need and memory should not hold. In the order of the log; it can be thrown away
// and made again from the log. Rows are added and, but for deposits, withdrawals and running candles,
// never changed.
//
// Each index costs the historian some 2 µs a row, so there is one only where a read would otherwise go
// through the rows of all users. There is none over times: ids and times grow together, so a time is
// turned into an id by bisection (`page.ts`). And none over all that a user has: the markets in which he
// has something are found one after the other, and a page is put together from theirs.
//
// Amounts are text, since SQLite has no number that could hold them: with 18 decimals, as on the wire, but
// for the rows of which there are many (`packed-rows.ts`).

import { DatabaseSync } from 'node:sqlite';
import { type Amount, ZERO_HASH } from '@picostocks/protocol';
import { createPrivateFile } from '../data-folder.ts';
import { ExchangeError } from '../exchange-error.ts';

export const HISTORY_FORMAT = 5;

/** Of a head's row: were liabilities published with it? The root is the last hash but one of its text. */
export const IS_PUBLISHED = `substr(text, -129, 64) <> '${ZERO_HASH}'`;

/**
 * Signatures have no order, so an index over all of them would touch another page with every row. One over
 * runs of the log touches those of the last run, and a look-up seeks once in each run.
 */
const SIGNATURE_RUN = 'sequence / 65536';
/** Who has no nonce to ask with is found so far back and no further: a stranger may ask, too. */
const SIGNATURE_RUNS = 64;

/** Results with this beginning of a signature, the latest first. */
export const RESULTS_BY_SIGNATURE = `
  WITH RECURSIVE run (number) AS (
    SELECT max(sequence) / 65536 FROM result
    UNION ALL SELECT number - 1 FROM run WHERE number > 0 LIMIT ${SIGNATURE_RUNS}
  )
  SELECT result.* FROM run CROSS JOIN result
  WHERE ${SIGNATURE_RUN} = run.number AND signature_start = ? LIMIT 100`;

const TABLES = `
  CREATE TABLE IF NOT EXISTS format (format INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS applied (
    one INTEGER PRIMARY KEY CHECK (one = 1), sequence INTEGER NOT NULL, hash BLOB NOT NULL
  );
  CREATE TABLE IF NOT EXISTS result (
    sequence INTEGER PRIMARY KEY, time INTEGER NOT NULL,
    user_id INTEGER NOT NULL, key_id INTEGER NOT NULL, nonce INTEGER NOT NULL,
    signature BLOB NOT NULL, signature_start INTEGER NOT NULL, message_hash BLOB NOT NULL,
    http_status INTEGER NOT NULL, reply TEXT NOT NULL
  );
  CREATE UNIQUE INDEX IF NOT EXISTS result_nonce ON result (user_id, key_id, nonce);
  CREATE INDEX IF NOT EXISTS result_signature ON result (${SIGNATURE_RUN}, signature_start);
  CREATE TABLE IF NOT EXISTS act (
    id INTEGER PRIMARY KEY, time INTEGER NOT NULL, key_id INTEGER NOT NULL,
    type TEXT NOT NULL, params TEXT NOT NULL, code TEXT
  );
  CREATE TABLE IF NOT EXISTS trade (
    id INTEGER PRIMARY KEY, sequence INTEGER NOT NULL, time INTEGER NOT NULL,
    stock_id INTEGER NOT NULL, unit_id INTEGER NOT NULL,
    aggressor TEXT NOT NULL CHECK (aggressor IN ('bid', 'ask')),
    bid_user INTEGER NOT NULL, ask_user INTEGER NOT NULL,
    bid_order INTEGER NOT NULL, ask_order INTEGER NOT NULL,
    amounts TEXT NOT NULL
  );
  CREATE INDEX IF NOT EXISTS trade_market ON trade (stock_id, unit_id, aggressor, id);
  CREATE TABLE IF NOT EXISTS trade_of_user (
    user_id INTEGER NOT NULL, stock_id INTEGER NOT NULL, unit_id INTEGER NOT NULL,
    side TEXT NOT NULL, trade_id INTEGER NOT NULL,
    PRIMARY KEY (user_id, stock_id, unit_id, side, trade_id)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS trade_of_order (
    order_id INTEGER NOT NULL, trade_id INTEGER NOT NULL,
    PRIMARY KEY (order_id, trade_id)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS closed_order (
    id INTEGER PRIMARY KEY, time INTEGER NOT NULL, user_id INTEGER NOT NULL,
    stock_id INTEGER NOT NULL, unit_id INTEGER NOT NULL, client_order_id TEXT,
    terms TEXT NOT NULL
  );
  CREATE INDEX IF NOT EXISTS closed_order_market ON closed_order (user_id, stock_id, unit_id, id);
  CREATE INDEX IF NOT EXISTS closed_order_name ON closed_order (user_id, client_order_id, id)
    WHERE client_order_id IS NOT NULL;
  CREATE TABLE IF NOT EXISTS transfer (
    id INTEGER PRIMARY KEY, sequence INTEGER NOT NULL, time INTEGER NOT NULL,
    stock_id INTEGER NOT NULL, from_user INTEGER NOT NULL, to_user INTEGER NOT NULL,
    quantity TEXT NOT NULL, memo TEXT NOT NULL, corrects INTEGER
  );
  CREATE TABLE IF NOT EXISTS deposit (
    id INTEGER PRIMARY KEY, time INTEGER NOT NULL, time_changed INTEGER NOT NULL,
    user_id INTEGER NOT NULL, stock_id INTEGER NOT NULL, quantity TEXT NOT NULL,
    status TEXT NOT NULL, address TEXT NOT NULL, memo TEXT NOT NULL, txid TEXT NOT NULL,
    output INTEGER NOT NULL, reason TEXT NOT NULL
  );
  CREATE TABLE IF NOT EXISTS withdrawal (
    id INTEGER PRIMARY KEY, time INTEGER NOT NULL, time_changed INTEGER NOT NULL,
    user_id INTEGER NOT NULL, stock_id INTEGER NOT NULL, quantity TEXT NOT NULL,
    status TEXT NOT NULL, address TEXT NOT NULL, memo TEXT NOT NULL, txid TEXT NOT NULL,
    fee TEXT NOT NULL, claimed_by INTEGER, reason TEXT NOT NULL
  );
  CREATE TABLE IF NOT EXISTS candle (
    minutes INTEGER NOT NULL, stock_id INTEGER NOT NULL, unit_id INTEGER NOT NULL,
    start INTEGER NOT NULL,
    open TEXT NOT NULL, high TEXT NOT NULL, low TEXT NOT NULL, close TEXT NOT NULL,
    quantity TEXT NOT NULL, value TEXT NOT NULL, count INTEGER NOT NULL,
    PRIMARY KEY (stock_id, unit_id, minutes, start)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS tile (
    level INTEGER NOT NULL, number INTEGER NOT NULL, hashes BLOB NOT NULL,
    PRIMARY KEY (level, number)
  );
  CREATE TABLE IF NOT EXISTS head (
    sequence INTEGER PRIMARY KEY, text TEXT NOT NULL, signature TEXT NOT NULL
  );
  CREATE INDEX IF NOT EXISTS head_published ON head (sequence) WHERE ${IS_PUBLISHED};
`;

/** Money moves seldom beside orders, so each of its reads has an index that answers it alone. */
const MONEY_INDEXES = [
  'transfer (from_user, id)',
  'transfer (to_user, id)',
  'transfer (from_user, stock_id, id)',
  'transfer (to_user, stock_id, id)',
  'deposit (user_id, id)',
  'deposit (user_id, stock_id, id)',
  'deposit (status, id)',
  'deposit (status, stock_id, id)',
  'withdrawal (user_id, id)',
  'withdrawal (user_id, stock_id, id)',
  'withdrawal (status, id)',
  'withdrawal (status, stock_id, id)',
].map((columns) => {
  const name = columns.replace(/\W+/g, '_').replace(/_$/, '');
  return `CREATE INDEX IF NOT EXISTS ${name} ON ${columns};`;
});

/** Pages of 4 KiB. A batch touches the same pages again and again; they are moved once in a while. */
const CHECKPOINT_PAGES = 16_000;

/** Opens the history for its one writer; makes it if it is not there. */
export function openHistoryWriter(path: string): DatabaseSync {
  createPrivateFile(path);
  const database = new DatabaseSync(path, { timeout: 5_000 });
  // NORMAL: after a power cut the log refills a lost tail.
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
  database.exec(`PRAGMA cache_size = -64000; PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  refuseOtherFormat(database, path);
  database.exec(TABLES);
  database.exec(MONEY_INDEXES.join('\n'));
  if (formatOf(database) === undefined) {
    database.exec(`INSERT INTO format VALUES (${HISTORY_FORMAT})`);
    database.prepare('INSERT INTO applied VALUES (1, 0, ?)').run(new Uint8Array(32));
  }
  return database;
}

export function openHistoryReader(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { readOnly: true, timeout: 5_000 });
  refuseOtherFormat(database, path);
  return database;
}

/** What an older program left has other tables, so it is looked at before any is made. */
function refuseOtherFormat(database: DatabaseSync, path: string): void {
  const format = formatOf(database);
  if (format === undefined || format === HISTORY_FORMAT) return;
  throw new ExchangeError({
    code: 'format_unknown',
    message: `${path} has format ${format}, this program knows ${HISTORY_FORMAT}: delete it and it is made again from the log`,
  });
}

function formatOf(database: DatabaseSync): unknown {
  const sql = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'format'";
  if (database.prepare(sql).get() === undefined) return undefined;
  return database.prepare('SELECT format FROM format').get()?.['format'];
}

/** The first six bytes of a signature: short enough for an index, and the rest is compared. */
export function signatureStart(signature: Uint8Array): number {
  let start = 0;
  for (const byte of signature.subarray(0, 6)) start = start * 256 + byte;
  return start;
}

export const MINUTE_MICROS = 60_000_000;

/** A sum of amounts as it was written, with its 18 decimals; a sum may be longer than an amount. */
export function readSum(text: string): Amount {
  if (!/^[0-9]+\.[0-9]{18}$/.test(text)) throw new Error(`the history holds ${text} as a sum`);
  return BigInt(text.replace('.', ''));
}
