// All rows, in the order of the table.

import { burstRow, steadyRow } from './http/batches-row.ts';
import { bookRow } from './http/book-row.ts';
import { ordersRow } from './http/orders-row.ts';
import type { Row } from './row.ts';

export const ROWS: readonly Row[] = [ordersRow, bookRow, burstRow, steadyRow];
