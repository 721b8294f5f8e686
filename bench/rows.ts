// All rows, in the order of the table.

import { ENGINE_ROW } from './engine/row.ts';
import { historyRow } from './history/history.ts';
import { burstRow, steadyRow } from './http/batches-row.ts';
import { bookRow } from './http/book-row.ts';
import { ordersRow } from './http/orders-row.ts';
import { replay } from './log/replay.ts';
import { logSize } from './log/size.ts';
import { start } from './log/start.ts';
import type { Row } from './row.ts';

export const ROWS: readonly Row[] = [
  ENGINE_ROW,
  ordersRow,
  burstRow,
  steadyRow,
  bookRow,
  historyRow,
  replay,
  start,
  logSize,
];
