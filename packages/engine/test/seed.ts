// The seed of every random test here: PICOSTOCKS_SEED, any text, such as a commit's hash.

import { createHash } from 'node:crypto';

export const seedText = process.env['PICOSTOCKS_SEED'] ?? 'picostocks';

/** The same seed as fast-check takes it: 32 bits. */
export const seedNumber = createHash('sha256').update(seedText).digest().readInt32BE();
