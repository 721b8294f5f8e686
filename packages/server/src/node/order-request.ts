// An order text as the published API sends it: in fields, and mostly without its nonce. What was signed
// is found by trying.

import {
  ENTRY_KINDS,
  encodeUtf8,
  formatAmount,
  joinOrderText,
  type OrderVerb,
  type Proposal,
  parseAmount,
} from '@picostocks/protocol';
import { Refused } from './refused.ts';

/** An order text before its nonce is known; the amounts as the client spelled them. */
export interface OrderRequest {
  readonly verb: OrderVerb;
  readonly userId: number;
  readonly stockId: number;
  readonly quantity: string;
  readonly unitId: number;
  readonly price: string;
  readonly signature: Uint8Array;
  readonly nonce: number | undefined;
}

/** The texts that a request may have signed: 18 decimals first, then as the client spelled them. */
export function orderMessages(request: OrderRequest, nonce: number): Uint8Array[] {
  const { quantity, price } = request;
  const canonical = { ...request, quantity: inFull(quantity), price: inFull(price), nonce };
  const isSpelledSo = canonical.quantity === quantity && canonical.price === price;
  const texts = isSpelledSo ? [canonical] : [canonical, { ...request, nonce }];
  return texts.map((text) => encodeUtf8(joinOrderText(text)));
}

function inFull(amount: string): string {
  const parsed = parseAmount(amount);
  if (parsed === undefined) throw new Refused('malformed');
  return formatAmount(parsed);
}

/** The proposals that a request may be, if the key signed it with the nonce. */
export function orderProposals(
  request: OrderRequest,
  { key, nonce }: { key: Uint8Array; nonce: number },
): Proposal[] {
  const { signature } = request;
  return orderMessages(request, nonce).map((message) => {
    return { kind: ENTRY_KINDS.order, key, signature, message };
  });
}
