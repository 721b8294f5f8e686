// The longest pauses between the ends of events, and what of them the garbage collector took.

export interface Collection {
  readonly startTime: number;
  readonly duration: number;
}

export interface Pauses {
  /** In milliseconds: of one event all, the collector's part left out, and the longest collection. */
  readonly worst: number;
  readonly worstOurs: number;
  readonly worstCollection: number;
}

/** All in milliseconds of one clock; an event takes from the end before it to its own. */
export function splitPauses(ends: Float64Array, collections: readonly Collection[]): Pauses {
  const sorted = collections.toSorted((left, right) => left.startTime - right.startTime);
  let [worst, worstOurs, next] = [0, 0, 0];
  for (let event = 1; event < ends.length; event += 1) {
    const [begun, end] = [ends[event - 1] ?? 0, ends[event] ?? 0];
    while (next < sorted.length && endOf(sorted[next]) <= begun) next += 1;
    let collected = 0;
    for (let index = next; index < sorted.length; index += 1) {
      const collection = sorted[index];
      if (collection === undefined || collection.startTime >= end) break;
      collected += Math.min(end, endOf(collection)) - Math.max(begun, collection.startTime);
    }
    worst = Math.max(worst, end - begun);
    worstOurs = Math.max(worstOurs, end - begun - collected);
  }
  const worstCollection = Math.max(0, ...collections.map(({ duration }) => duration));
  return { worst, worstOurs, worstCollection };
}

function endOf(collection: Collection | undefined): number {
  return collection === undefined ? 0 : collection.startTime + collection.duration;
}
