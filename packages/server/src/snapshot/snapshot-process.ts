// A process of its own that makes one snapshot and ends, so that no live replica pauses.
//
//   node snapshot-process.ts <log> <folder of snapshots>

import { SqliteLog } from '../log/sqlite-log.ts';
import { makeSnapshot } from './start-engine.ts';

const [logPath, snapshots] = process.argv.slice(2);
if (logPath === undefined || snapshots === undefined) throw new Error('two paths are needed');
const log = SqliteLog.openReader(logPath);
makeSnapshot({ log, snapshots, warn: (message) => void process.stderr.write(`${message}\n`) });
log.close();
