// npm run torture -- --kills N --seconds-between MIN-MAX --seed S
//
// Kills a real server under load N times, and checks after every restart that nothing acknowledged is lost,
// doubled or changed. Exit code 1 at the first violation. The seed repeats what is sent and when it is
// killed, not what the threads of the server do at that moment.

import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { type TortureOptions, type TortureSummary, torture } from './torture.ts';

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function readOptions(): TortureOptions {
  const { values } = parseArgs({
    options: {
      kills: { type: 'string', default: '100' },
      'seconds-between': { type: 'string', default: '0.1-1.5' },
      seed: { type: 'string' },
      users: { type: 'string', default: '6' },
      crowd: { type: 'string', default: '3000' },
      nodes: { type: 'string', default: '2' },
      'snapshot-every': { type: 'string', default: '50' },
      'segment-entries': { type: 'string', default: '20' },
    },
  });
  const seed = values.seed ?? process.env['PICOSTOCKS_SEED'] ?? randomBytes(4).toString('hex');
  const [least = '', most = least] = values['seconds-between'].split('-');
  return {
    seed,
    kills: readCount('kills', values.kills),
    between: { leastMs: readMillis(least), mostMs: readMillis(most) },
    users: readCount('users', values.users),
    crowd: readCount('crowd', values.crowd),
    nodes: readCount('nodes', values.nodes),
    snapshotEvery: readCount('snapshot-every', values['snapshot-every']),
    segmentEntries: readCount('segment-entries', values['segment-entries']),
    say,
  };
}

function readCount(name: string, text: string): number {
  if (!/^[1-9][0-9]{0,6}$/.test(text)) throw new Error(`--${name} must be a positive number`);
  return Number(text);
}

function readMillis(seconds: string): number {
  if (!/^[0-9]{1,4}(\.[0-9]{1,3})?$/.test(seconds)) {
    throw new Error('--seconds-between must be as 0.1-1.5');
  }
  return Math.round(Number(seconds) * 1_000);
}

function describe(summary: TortureSummary): string {
  const { complaints, ...counts } = summary;
  const lines = Object.entries(counts).map(
    ([name, value]) => `  ${name}: ${typeof value === 'object' ? JSON.stringify(value) : value}`,
  );
  const heard = [...new Set(complaints)].slice(0, 20).map((line) => `    ${line}`);
  return [...lines, `  lines on stderr: ${complaints.length}`, ...heard].join('\n');
}

const options = readOptions();
say(`seed ${options.seed}`);
// Ctrl-C: the servers must not be left behind.
process.once('SIGINT', () => process.exit(130));
try {
  say(describe(await torture(options)));
  say(`No violation. Repeat with --seed ${options.seed} --kills ${options.kills}`);
} catch (error) {
  say(`VIOLATION with seed ${options.seed}`);
  say(error instanceof Error ? `${error.stack}` : String(error));
  process.exitCode = 1;
}
