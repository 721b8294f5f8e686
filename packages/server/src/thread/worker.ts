// The worker's side of the main thread's orders.

import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import { basename } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import type { Order, Report } from './thread-data.ts';

function parent(): NonNullable<typeof parentPort> {
  if (parentPort === null) throw new Error('this module runs in a worker thread');
  return parentPort;
}

export function dataOfThread<Data>(): Data {
  return workerData as Data;
}

/** Says that this thread works, and that it stops cleanly when it is told to. */
export function reportReady(
  stop: () => void | Promise<void>,
  obey: (order: Exclude<Order, 'stop'>) => void = () => undefined,
): void {
  parent().on('message', (order: Order) => {
    if (order !== 'stop') return obey(order);
    void Promise.resolve(stop()).then(() => {
      tellMain({ kind: 'stopped' });
      // Its ports keep a thread alive; it has nothing left to do.
      setImmediate(() => process.exit(0));
    });
  });
  tellMain({ kind: 'ready' });
}

/** A third of the weight of the others, so that it cannot be starved either. */
const LESS_URGENT = 5;

/**
 * This thread is to wait for a core rather than make one that answers a client wait. Only Linux gives threads a
 * priority of their own; elsewhere nothing happens.
 */
export function giveWay(): void {
  if (process.platform !== 'linux') return;
  try {
    setPriority(Number(basename(readlinkSync('/proc/thread-self'))), LESS_URGENT);
  } catch {
    // A container without /proc, or one that may not: it runs as urgently as the others.
  }
}

/** Does what may not fail: if it throws, so does the thread itself, whoever above might catch it. */
export function orEndThread(act: () => void): void {
  try {
    act();
  } catch (error) {
    process.nextTick(() => {
      throw error;
    });
    throw error;
  }
}

export function tellMain(message: Report): void {
  parent().postMessage(message);
}
