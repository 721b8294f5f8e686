// A start from a snapshot, against reading and checksumming the same bytes.

import { runPart } from '../part.ts';
import type { Row, RunOptions, RunResult } from '../row.ts';
import type { Measured } from './start-part.ts';

const PART = new URL('./start-part.ts', import.meta.url);

export const start: Row = {
  id: 'start',
  title: 'A start from a snapshot',
  workload:
    'A snapshot of 1,000,000 open orders of one market and 1,000,000 accounts of 500,000 users, in the system’s cache: what a replica ' +
    'does first, with every check (checksum, sums of each asset, locks of each account, the log’s hash), in a process of its own: against ' +
    'reading and checksumming the same bytes (SHA-256).',
  run,
};

async function run({ isShort, run: number, folder, say }: RunOptions): Promise<RunResult> {
  const [orders, users] = isShort ? [2_000, 1_000] : [1_000_000, 500_000];
  const measure = (what: string): Promise<Measured> => {
    say(what);
    return runPart<Measured>(PART, {
      args: [what, folder, `${orders}`, `${users}`],
      execArgv: ['--max-old-space-size=6000'],
      core: 1,
    });
  };
  const written = await measure('write');
  const order = number % 2 === 0 ? ['floor', 'start'] : ['start', 'floor'];
  const times = new Map<string, Measured>();
  for (const what of order) times.set(what, await measure(what));
  const [floor, started] = [times.get('floor'), times.get('start')];
  const gigabyte = 1_000_000_000;
  return {
    figures: [
      {
        name: 'start from the snapshot',
        unit: 's',
        value: started?.seconds ?? Number.NaN,
        peer: { name: 'its bytes, read and checksummed', value: floor?.seconds ?? Number.NaN },
        bar: { atMost: 6 },
      },
      { name: 'memory at its peak', unit: 'GB', value: (started?.memory ?? 0) / gigabyte },
      { name: 'the snapshot', unit: 'GB', value: written.bytes / gigabyte },
      { name: 'the snapshot, written', unit: 's', value: written.seconds },
    ],
  };
}
