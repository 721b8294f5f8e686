// SIGUSR2 publishes what the exchange owes, at once.

import type { SignedHead } from '@picostocks/protocol';
import type { Output } from './output.ts';

interface Publishing {
  publishLiabilities(): Promise<SignedHead | undefined>;
}

/**
 * Publishes on demand: who may signal the process may do it, and nothing new listens. Windows has no such
 * signal. Until the exchange serves it does nothing, where otherwise it would end the process.
 */
export function publishOnSignal(output: Output): (exchange: Publishing) => void {
  let exchange: Publishing | undefined;
  if (process.platform !== 'win32') {
    process.on('SIGUSR2', () => {
      exchange?.publishLiabilities().then(
        (head) => output.log(`The newest head is ${head?.text ?? 'none: there is no head.key'}`),
        // What makes the historian fail ends the exchange, which says why.
        () => undefined,
      );
    });
  }
  return (started) => {
    exchange = started;
  };
}
