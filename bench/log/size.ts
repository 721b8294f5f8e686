// How many bytes of the log an order takes, with all of SQLite's around it, once the WAL is in the file.

import { runPart } from '../part.ts';
import type { Row } from '../row.ts';
import type { Sizes } from './size-part.ts';

const PART = new URL('./size-part.ts', import.meta.url);

export const logSize: Row = {
  id: 'log-size',
  title: 'The size of the log',
  workload:
    'Limit orders of 1,000 users with amounts of 18 decimals, written by the log’s writer: each as a signed order text, and 1,000 in ' +
    'a signed batch. What the segments grew by after a checkpoint, an order.',
  run: async ({ isShort, folder, say }) => {
    say('orders as texts, and in batches');
    const orders = isShort ? 2_000 : 100_000;
    const { text, batch } = await runPart<Sizes>(PART, { args: [folder, `${orders}`] });
    const unit = 'bytes an order';
    return {
      figures: [
        { name: 'as a signed order text', unit, value: text, bar: { atMost: 320 } },
        { name: 'in a batch of 1,000', unit, value: batch, bar: { atMost: 150 } },
      ],
    };
  },
};
