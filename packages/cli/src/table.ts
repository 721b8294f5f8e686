// Tables for people. Amounts lose their trailing zeros, never a digit, and align at the point.

export interface Column {
  readonly title: string;
  /** Default: `left`. */
  readonly align?: 'left' | 'right' | 'amount';
}

const GAP = '  ';

export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): string {
  const cells = columns.map((column, index) => {
    const values = rows.map((row) => printable(row[index] ?? ''));
    return alignColumn(column, values);
  });
  const lines = [-1, ...rows.keys()].map((row) =>
    cells
      .map((column) => column[row + 1])
      .join(GAP)
      .trimEnd(),
  );
  return lines.join('\n');
}

/** The title and the values, all of the same width. */
function alignColumn({ title, align = 'left' }: Column, values: readonly string[]): string[] {
  const shown = align === 'amount' ? alignAtPoint(values) : values;
  const width = Math.max(title.length, ...shown.map((value) => value.length));
  return [title, ...shown].map((value) =>
    align === 'left' ? value.padEnd(width) : value.padStart(width),
  );
}

function alignAtPoint(values: readonly string[]): string[] {
  const short = values.map(shortAmount);
  const decimals = Math.max(0, ...short.map((value) => decimalsOf(value)));
  return short.map((value) => value.padEnd(value.length + decimals - decimalsOf(value)));
}

/** How many characters of an amount come after its whole part, the point included. */
function decimalsOf(amount: string): number {
  const point = amount.indexOf('.');
  return point === -1 ? 0 : amount.length - point;
}

/** An amount without the zeros that say nothing: "0.035000000000000000" is "0.035". */
export function shortAmount(amount: string): string {
  return amount.includes('.') ? amount.replace(/\.?0+$/, '') : amount;
}

/** `name: value` lines, aligned. */
export function renderFields(fields: Readonly<Record<string, string>>): string {
  const width = Math.max(...Object.keys(fields).map((name) => name.length));
  const lines = Object.entries(fields).map(([name, value]) =>
    `${name.padEnd(width)}${GAP}${printable(value)}`.trimEnd(),
  );
  return lines.join('\n');
}

/** Whatever an exchange sends, it must not steer the terminal. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '?');
}

/** Unix seconds with decimals, as `sync` has them, in the time of the world. */
export function formatTime(sync: string): string {
  return formatMillis(Number(sync) * 1_000);
}

export function formatMillis(milliseconds: number): string {
  return new Date(milliseconds)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, 'Z');
}
