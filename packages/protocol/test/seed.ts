// The seed of every random test here: PICOSTOCKS_SEED, any text, such as a commit's hash.

import { createHash } from 'node:crypto';

const text = process.env['PICOSTOCKS_SEED'] ?? 'picostocks';

/** As fast-check takes it: 32 bits. A failure prints it, with the path to the failing case. */
export const seed = createHash('sha256').update(text).digest().readInt32BE();
