// SIGTERM, SIGINT and SIGHUP stop a server; a second one ends it at once.

import { constants } from 'node:os';

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
type StopSignal = (typeof SIGNALS)[number];

/**
 * Ctrl-C reaches every process of the terminal, and npm passes on what it got to its child: one key
 * press is two signals here. What follows that soon is the same wish, not a second one.
 */
const SAME_WISH_MS = 500;

/** Resolves with the first signal; from then on a later one ends the process. */
export function stopSignal(): Promise<StopSignal> {
  const { promise, resolve } = Promise.withResolvers<StopSignal>();
  let firstAt: number | undefined;
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      const now = performance.now();
      firstAt ??= now;
      if (now - firstAt > SAME_WISH_MS) process.exit(128 + constants.signals[signal]);
      resolve(signal);
    });
  }
  return promise;
}

/**
 * Resolves when npm, which started this process, is gone. Killed outright it cannot pass a signal on,
 * and a server that nobody meant to leave would keep port and folder for ever. Without npm a server
 * may well outlive who started it.
 */
export function npmGone(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (process.env['npm_lifecycle_event'] === undefined) return promise;
  const { ppid } = process;
  const timer = setInterval(() => {
    if (process.ppid === ppid) return;
    clearInterval(timer);
    resolve();
  }, 200);
  timer.unref();
  return promise;
}

export interface Running {
  /** Rejects when it can no longer serve. */
  readonly failed: Promise<never>;
  stop(): Promise<void>;
}

/** Runs until a signal comes, then stops cleanly; throws what makes it fail. */
export async function runUntilStopped(start: () => Promise<Running>): Promise<void> {
  // Listened for before the start: a signal in the middle of it must not leave half a stop.
  const stop = Promise.race([stopSignal(), npmGone()]);
  const running = await start();
  await Promise.race([stop, running.failed]);
  await running.stop();
}
