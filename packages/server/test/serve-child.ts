// Serves a data folder in a process of its own, for tests that kill it. Prints its address, and stops when
// its input ends: it does not outlive a test that dies.

import { DataFolder } from '../src/index.ts';
import { start } from './kit.ts';

const [path = '', nodes = '1'] = process.argv.slice(2);
const exchange = await start(new DataFolder(path), { nodes: Number(nodes) });
process.stdout.write(`${exchange.url}\n`);
process.stdin.resume().on('end', () => process.exit(1));
