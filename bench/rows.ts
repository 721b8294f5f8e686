// All rows, in the order of the table.

import { bookRow } from './http/book-row.ts';
import { ordersRow } from './http/orders-row.ts';
import type { Row } from './row.ts';

export const ROWS: readonly Row[] = [ordersRow, bookRow];
