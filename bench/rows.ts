// All rows, in the order of the table.

import type { Row } from './row.ts';

export const ROWS: readonly Row[] = [];
