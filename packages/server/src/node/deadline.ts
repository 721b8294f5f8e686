/** When a request must be answered, on the clock of `performance.now()`. */
export interface Deadline {
  readonly at: number;
}

export function deadlineIn(milliseconds: number): Deadline {
  return { at: performance.now() + milliseconds };
}

/** The promise's value, or what `late` throws if it does not come in time. */
export async function before<T>(
  deadline: Deadline,
  promise: Promise<T>,
  late: () => Error,
): Promise<T> {
  const { promise: timeout, reject } = Promise.withResolvers<never>();
  const left = Math.max(0, deadline.at - performance.now());
  const timer = setTimeout(() => reject(late()), left);
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
