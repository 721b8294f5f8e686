import { DatabaseSync } from 'node:sqlite';
import { SqliteLog } from '../src/log/sqlite-log.ts';
import { temporaryFolder } from './kit.ts';
import { type LogStore, logContract } from './log.contract.ts';

function openStore(): LogStore {
  const temporary = temporaryFolder();
  const { folder } = temporary;
  folder.create();
  const change = (sql: string, sequence: number): void => {
    const database = new DatabaseSync(folder.log);
    database.prepare(sql).run(sequence);
    database.close();
  };
  return {
    writer: () => SqliteLog.openWriter(folder.log),
    reader: () => SqliteLog.openReader(folder.log),
    damage: ({ sequence, column }) => {
      const isNumber = column === 'time' || column === 'kind';
      // The first byte of a blob becomes another one.
      const other = `CAST(CASE WHEN substr(${column}, 1, 1) = x'00' THEN x'01' ELSE x'00' END || substr(${column}, 2) AS BLOB)`;
      const value = isNumber ? `${column} + 1` : other;
      change(`UPDATE entry SET ${column} = ${value} WHERE sequence = ?`, sequence);
    },
    remove: (sequence) => change('DELETE FROM entry WHERE sequence = ?', sequence),
    [Symbol.dispose]: () => temporary[Symbol.dispose](),
  };
}

logContract('SqliteLog', openStore);
