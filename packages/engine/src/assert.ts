/**
 * Stops on a bug of ours. Asserts stay on in production: an exchange that stands still is cheaper
 * than one with a wrong balance.
 */
export function assert(condition: boolean, what: string): asserts condition {
  if (!condition) throw new AssertionFailed(what);
}

export class AssertionFailed extends Error {
  override readonly name = 'AssertionFailed';
  readonly code = 'assertion_failed';
}

/** Ends a `switch` over a closed union: a new member does not compile until it is handled. */
export function unreachable(value: never): never {
  throw new AssertionFailed(`unreachable: ${JSON.stringify(value)}`);
}
