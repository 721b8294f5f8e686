#!/usr/bin/env node
import { systemTerminal } from './output.ts';
import { run } from './program.ts';

const code = await run(process.argv.slice(2), systemTerminal());
// Ends at once, whatever still waits (idle connections, a half-dead server), but not before what was
// written has left.
process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
