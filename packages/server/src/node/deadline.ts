import { type Scheduler, SYSTEM_SCHEDULER } from '../scheduler.ts';

/** When a request must be answered, on the clock of its scheduler. */
export interface Deadline {
  readonly at: number;
  readonly scheduler: Scheduler;
}

export function deadlineIn(
  milliseconds: number,
  scheduler: Scheduler = SYSTEM_SCHEDULER,
): Deadline {
  return { at: scheduler.now() + milliseconds, scheduler };
}

export function isOver({ at, scheduler }: Deadline): boolean {
  return scheduler.now() > at;
}

/** The promise's value, or what `late` throws if it does not come in time. */
export async function before<T>(
  { at, scheduler }: Deadline,
  promise: Promise<T>,
  late: () => Error,
): Promise<T> {
  const { promise: timeout, reject } = Promise.withResolvers<never>();
  const left = Math.max(0, at - scheduler.now());
  const callOff = scheduler.after(left, () => reject(late()));
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    callOff();
  }
}
