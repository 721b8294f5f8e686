// Rows as lines: CSV as RFC 4180 has it, and JSON lines.
//
// A spreadsheet takes a cell for a formula if it begins with one of a few signs, quoted or not, and a memo
// or a txid is whatever a stranger wrote. So, in CSV only, a text that begins with one of
//
//   =  +  -  @  '  and the wide forms of the first four
//
// gets an apostrophe in front. The apostrophe itself is among them: who takes one away from every text that
// begins with one has the texts as they were. Numbers, amounts and times are never changed.

export type CellKind = 'number' | 'amount' | 'time' | 'word' | 'text';
/** `undefined`: this row has no such thing. An empty cell, `null` in JSON. */
export type Cell = string | number | undefined;

export interface Column {
  readonly name: string;
  /** A `text` is a stranger's; every other kind is written by the exchange. */
  readonly kind: CellKind;
}

const FORMULA = /^[=+\-@'\uff1d\uff0b\uff0d\uff20]/;

export function csvHeader(columns: readonly Column[]): string {
  return `${columns.map(({ name }) => name).join(',')}\r\n`;
}

export function csvLine(columns: readonly Column[], row: readonly Cell[]): string {
  return `${columns.map(({ kind }, index) => csvCell(kind, row[index])).join(',')}\r\n`;
}

function csvCell(kind: CellKind, cell: Cell): string {
  if (cell === undefined) return '';
  return kind === 'text' ? csvText(String(cell)) : String(cell);
}

/** Always quoted: some programs take other signs than a comma for the end of a cell. */
function csvText(text: string): string {
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return `"${safe.replaceAll('"', '""')}"`;
}

export function jsonLine(columns: readonly Column[], row: readonly Cell[]): string {
  const pairs = columns.map(({ name }, index) => [name, row[index] ?? null]);
  return `${JSON.stringify(Object.fromEntries(pairs))}\n`;
}
