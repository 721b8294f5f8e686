// What a value was at every sequence: so that an answer can be placed between the moment when a read
// began and the moment when it was answered. Sequences only grow.

interface Version {
  readonly sequence: number;
  readonly value: string;
}

export class Versions {
  readonly #byName = new Map<string, Version[]>();

  /** Notes the value from a sequence on; equal to the one before, it is no new version. */
  note(name: string, sequence: number, value: string): void {
    const versions = this.#byName.get(name);
    if (versions === undefined) this.#byName.set(name, [{ sequence, value }]);
    else if (versions[versions.length - 1]?.value !== value) versions.push({ sequence, value });
  }

  /** Was there a value at this sequence? */
  existsAt(name: string, sequence: number): boolean {
    const first = this.#byName.get(name)?.[0];
    return first !== undefined && first.sequence <= sequence;
  }

  /** The value at a sequence. */
  at(name: string, sequence: number): string | undefined {
    const versions = this.#byName.get(name) ?? [];
    return versions[indexAt(versions, sequence)]?.value;
  }

  /** The first value of all. */
  first(name: string): string | undefined {
    return this.#byName.get(name)?.[0]?.value;
  }

  /** From which sequence on the value stood, if it did at or after `from`; else `undefined`. */
  find(name: string, value: string, from: number): number | undefined {
    const versions = this.#byName.get(name) ?? [];
    for (let index = Math.max(0, indexAt(versions, from)); index < versions.length; index += 1) {
      const version = versions[index];
      if (version?.value === value) return Math.max(version.sequence, from);
    }
    return undefined;
  }

  /** Did the value stand before `from`, and no longer then? Tells a stale answer from a wrong one. */
  stoodBefore(name: string, value: string, from: number): boolean {
    const versions = this.#byName.get(name) ?? [];
    return versions.some((version) => version.sequence <= from && version.value === value);
  }
}

/** The last version that is not newer than a sequence; −1 if there is none. */
function indexAt(versions: readonly Version[], sequence: number): number {
  let [low, high] = [0, versions.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((versions[middle]?.sequence ?? 0) <= sequence) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
