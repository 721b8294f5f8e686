// A time as people and programs write it, to the microsecond. A time of day without a zone would mean
// something else on every machine, so it is not taken.

import { InvalidArgumentError } from 'commander';

const DATE = '(\\d{4})-(\\d{2})-(\\d{2})';
const TIME = 'T\\d{2}:\\d{2}(?::\\d{2})?';
const ISO_TIME = new RegExp(`^(${DATE})(?:(${TIME})(?:\\.(\\d{1,6}))?(Z|[+-]\\d{2}:\\d{2}))?$`);

/** Microseconds since the Unix epoch. A date alone is its midnight in UTC. */
export function readIsoTime(text: string): number {
  const match = ISO_TIME.exec(text);
  const [, date = '', year, month, day, time = 'T00:00', decimals = '', zone = 'Z'] = match ?? [];
  const seconds = match === null ? Number.NaN : Date.parse(`${date}${time}${zone}`);
  const midnight = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  if (Number.isNaN(seconds) || seconds < 0 || midnight.getUTCDate() !== Number(day)) {
    throw new InvalidArgumentError('It must be as 2026-01-31 or 2026-01-31T09:30:00Z.');
  }
  return seconds * 1_000 + Number(decimals.padEnd(6, '0'));
}
