// Seeded randomness: the same seed and name give the same choices.

export type Random = () => number;

/** Numbers from 0 up to 1 that follow from PICOSTOCKS_SEED, which is printed, and a name. */
export function randomFor(test: { diagnostic(message: string): void }, name: string): Random {
  const seed = process.env['PICOSTOCKS_SEED'] ?? 'picostocks';
  test.diagnostic(`PICOSTOCKS_SEED=${seed}`);
  return seededRandom(hashText(`${seed}/${name}`));
}

/** FNV-1a. */
function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

function seededRandom(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
}
