#!/usr/bin/env node
// The word `exec` in the npm scripts. In a POSIX shell it is built in: Node.js takes the shell's place and
// so gets the signals that npm passes on. The shell of Windows has no such word and finds this program,
// which runs the command and ends as it ends.

import { spawnSync } from 'node:child_process';

const [command, ...args] = process.argv.slice(2);
if (command !== 'node') throw new Error('the scripts run Node.js and nothing else');
const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
process.exitCode = status ?? 1;
