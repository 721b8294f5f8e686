// A custody worker that breaks the one rule which keeps it from paying twice: it sends what it has not kept.

import type { Transaction } from '../world/chain.ts';
import { HONEST, type Seams } from '../world/seams.ts';

/** Keeps nothing, and says that it does. */
class ForgetfulDisk extends Map<number, Transaction> {
  override set(): this {
    return this;
  }
}

export const forgetfulWorker: Seams = { ...HONEST, workerDisk: () => new ForgetfulDisk() };
