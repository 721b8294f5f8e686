// Times as answers have them; in the log they are microseconds.

import type { TimeMicros } from '@picostocks/protocol';

/** Unix seconds with six decimals. */
export function formatSync(time: TimeMicros): string {
  const text = String(time).padStart(7, '0');
  return `${text.slice(0, -6)}.${text.slice(-6)}`;
}

/** ISO 8601 in whole seconds, as the published API writes it. */
export function formatIso(time: TimeMicros | undefined): string | null {
  if (time === undefined) return null;
  return new Date(Math.floor(time / 1_000)).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

export function toMillis(time: TimeMicros): number {
  return Math.floor(time / 1_000);
}
