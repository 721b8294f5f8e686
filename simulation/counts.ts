// Counts of what happened, for the report of a run. Nothing decides by them.

/** How often something happened, by name, in the order of the names. */
export class Counts {
  readonly #counts = new Map<string, number>();

  add(name: string, by = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + by);
  }

  of(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  entries(): [string, number][] {
    return [...this.#counts].sort(([left], [right]) => (left < right ? -1 : 1));
  }
}
