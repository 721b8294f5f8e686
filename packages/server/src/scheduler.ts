// Time as the parts of the server use it, so that a test can give them another: waiting, and doing
// something after the messages that have already arrived.

export interface Scheduler {
  /** Milliseconds from an arbitrary point; never goes back. */
  now(): number;
  /** Acts once, later; answers how to call it off. */
  after(milliseconds: number, act: () => void): () => void;
  /** Acts once the messages that are already here were taken. */
  soon(act: () => void): void;
}

export const SYSTEM_SCHEDULER: Scheduler = {
  now: () => performance.now(),
  after: (milliseconds, act) => {
    const timer = setTimeout(act, milliseconds);
    return () => clearTimeout(timer);
  },
  soon: (act) => void setImmediate(act),
};
