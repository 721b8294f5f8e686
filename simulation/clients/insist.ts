// What has to be done, however often it has to be said.

import type { EnvelopeParams, EnvelopeType, Written } from '@picostocks/protocol';
import type { Client } from './client.ts';
import type { Deed } from './deed.ts';

/** Says it again until the market has answered; a rejection is an answer. */
export async function insist<T extends EnvelopeType>(
  client: Client,
  type: T,
  params: Written<EnvelopeParams<T>>,
): Promise<Deed> {
  for (;;) {
    const deed = await client.command(type, params);
    const { outcome } = deed;
    if (outcome?.kind === 'applied') return deed;
    // A deposit is credited once, an asset made once: said again, the market knows it already.
    if (outcome?.kind === 'rejected' && outcome.reason !== 'expired') return deed;
    await client.sleep(3_000_000);
  }
}
