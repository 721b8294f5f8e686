#!/usr/bin/env node
// The word `exec` in the npm scripts. In a POSIX shell it is built in: Node.js takes the shell's place and
// so gets the signals that npm passes on. The shell of Windows has no such word and finds this program,
// which runs the command and ends as it ends.

import { spawnSync } from 'node:child_process';

const [command = '', ...args] = process.argv.slice(2);
// A command may itself be a script of the shell, such as npm's shim for Node.js.
const { status } = spawnSync(command, args, { stdio: 'inherit', shell: true });
process.exitCode = status ?? 1;
