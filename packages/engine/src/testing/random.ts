// Random choices from a seed: the same seed makes the same choices on every machine.
//
// The generator is sfc32 (a counter and three words of state), seeded from a text so that a commit
// hash is a seed. It is for tests and has no cryptographic use.

export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: string) {
    this.#a = hashText(`${seed}/a`);
    this.#b = hashText(`${seed}/b`);
    this.#c = hashText(`${seed}/c`);
    for (let round = 0; round < 15; round += 1) this.#word();
  }

  /** An integer from 0 to `below` − 1. */
  integer(below: number): number {
    return this.#word() % below;
  }

  /** An amount from 0 to `below` − 1. */
  amount(below: bigint): bigint {
    let value = 0n;
    for (let word = 0; word < 8; word += 1) value = (value << 32n) | BigInt(this.#word());
    return value % below;
  }

  chance(percent: number): boolean {
    return this.integer(100) < percent;
  }

  pick<T>(choices: readonly [T, ...T[]]): T {
    return choices[this.integer(choices.length)] ?? choices[0];
  }

  /** One of a list, or `undefined` of an empty one. */
  pickAny<T>(choices: readonly T[]): T | undefined {
    return choices.length === 0 ? undefined : choices[this.integer(choices.length)];
  }

  /** One of several choices, each as likely as its weight. */
  weighted<T>(choices: readonly [readonly [number, T], ...(readonly [number, T])[]]): T {
    const sum = choices.reduce((total, [weight]) => total + weight, 0);
    let left = this.integer(sum);
    for (const [weight, choice] of choices) {
      if (left < weight) return choice;
      left -= weight;
    }
    return choices[0][1];
  }

  #word(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }
}

/** FNV-1a, 32 bits. */
function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash;
}
