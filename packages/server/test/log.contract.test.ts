import { chmodSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { listSegments } from '../src/log/segment-files.ts';
import { type SegmentOptions, SqliteLog } from '../src/log/sqlite-log.ts';
import { temporaryFolder } from './kit.ts';
import { type LogStore, logContract } from './log.contract.ts';

function openStore(options: SegmentOptions): LogStore {
  const temporary = temporaryFolder();
  const { logFolder } = temporary.folder;
  const change = (sql: string, sequence: number): void => {
    const file = listSegments(logFolder).findLast(({ first }) => first <= sequence);
    if (file === undefined) throw new Error(`no segment has entry ${sequence}`);
    chmodSync(file.path, 0o600);
    const database = new DatabaseSync(file.path);
    database.prepare(sql).run(sequence);
    database.close();
  };
  return {
    writer: () => SqliteLog.openWriter(logFolder, options),
    reader: () => SqliteLog.openReader(logFolder),
    damage: ({ sequence, column }) => {
      const isNumber = column === 'time' || column === 'kind';
      // The first byte of a blob becomes another one.
      const other = `CAST(CASE WHEN substr(${column}, 1, 1) = x'00' THEN x'01' ELSE x'00' END || substr(${column}, 2) AS BLOB)`;
      const value = isNumber ? `${column} + 1` : other;
      change(`UPDATE entry SET ${column} = ${value} WHERE sequence = ?`, sequence);
    },
    cut: ({ sequence, column }) => {
      const shorter = `CAST(substr(${column}, 1, length(${column}) - 1) AS BLOB)`;
      change(`UPDATE entry SET ${column} = ${shorter} WHERE sequence = ?`, sequence);
    },
    blur: (sequence) => change('UPDATE entry SET time = time + 0.25 WHERE sequence = ?', sequence),
    remove: (sequence) => change('DELETE FROM entry WHERE sequence = ?', sequence),
    [Symbol.dispose]: () => temporary[Symbol.dispose](),
  };
}

logContract('SqliteLog', () => openStore({}));
logContract('SqliteLog, a segment after three entries', () => openStore({ segmentEntries: 3 }));
logContract('SqliteLog, every batch a segment', () => openStore({ segmentEntries: 1 }));
