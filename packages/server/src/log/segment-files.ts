// The files of the log: one for each segment, named by the sequence of its first entry, so that whoever
// wants an entry knows the file by its name.

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Sequence } from '@picostocks/protocol';

export interface SegmentFile {
  /** Sequence of its first entry. */
  readonly first: Sequence;
  readonly path: string;
}

const NAME = /^([0-9]{16})\.sqlite$/;

/** The segments that are in a folder, in the order of the log. Others may have been moved away. */
export function listSegments(folder: string): SegmentFile[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => NAME.test(name))
    .sort()
    .map((name) => ({ first: Number(name.slice(0, 16)), path: join(folder, name) }));
}

export function segmentPath(folder: string, first: Sequence): string {
  return join(folder, `${String(first).padStart(16, '0')}.sqlite`);
}
