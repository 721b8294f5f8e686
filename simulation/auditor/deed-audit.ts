// Every client's view must be explained by the log: a deed counts at most once, and if its client was
// told what became of it, exactly so.

import { ownEvents } from '../../packages/server/src/own-events.ts';
import type { Deed } from '../clients/deed.ts';
import type { Network } from '../world/network.ts';
import type { Auditor } from './auditor.ts';

/** Judges a deed whose client knows its outcome, then or at the end. */
export function auditDeed(auditor: Auditor, network: Network, deed: Deed): void {
  const { reference } = auditor;
  // The same text under the same nonce has the same signature, however often it was signed.
  const signatures = [...new Set(deed.signatures)];
  const counted = signatures.flatMap((signature) => reference.countedAt(signature) ?? []);
  const told = (what: string): void =>
    auditor.report(
      'client_view_unexplained',
      `${deed.owner}: ${deed.what} is ${JSON.stringify(deed.outcome)}, but ${what}`,
    );
  // Somebody else sent these bytes too: then they may count although this client was refused, as its
  // signature allows. That nothing counts twice is watched for every message.
  const isCopied = deed.signatures.some((signature) => network.isCopied(signature));
  if (counted.length > 1 && !isCopied) told(`it counted at ${counted.join(' and ')}`);
  const { outcome } = deed;
  if (outcome === undefined) return;
  if (outcome.kind === 'refused') {
    if (counted.length > 0 && !isCopied) told(`it counted at ${counted.join(' and ')}`);
    return;
  }
  if (!counted.includes(outcome.sequence)) {
    told(`its messages counted at [${counted.join(', ')}]`);
    return;
  }
  const [first] = ownEvents(reference.at(outcome.sequence)?.events ?? []);
  const isRejected = first?.kind === 'command_rejected';
  if (isRejected !== (outcome.kind === 'rejected'))
    told(`entry ${outcome.sequence} did ${first?.kind}`);
}
