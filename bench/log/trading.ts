// What the measured logs are full of: orders that rest, meet, are cancelled, one by one or many in an
// envelope.

import { formatAmount, ONE, type Proposal } from '@picostocks/protocol';
import { type Author, STOCK, standingTerms, UNIT } from './author.ts';

/** Of the texts, one in so many is an envelope. */
const ENVELOPE_EVERY = 40;

/**
 * Order texts for ever, with an envelope between them now and then: of ten texts one is an order that
 * stays, six are three pairs that meet, two are an order and its cancel.
 */
export function* trading(author: Author, users: number): Generator<Proposal> {
  for (let count = 0; ; count += 1) {
    const userId = 1 + (count % users);
    yield author.standing(userId, count);
    yield* passing(author, { count, users, length: 9 });
    if (count % (ENVELOPE_EVERY / 10) === 0) yield smallBatch(author, userId, count);
  }
}

/** So many entries that leave no order behind. */
export function* passing(
  author: Author,
  { count, users, length }: { count: number; users: number; length: number },
): Generator<Proposal> {
  const price = ONE + BigInt(count % 1_000);
  for (let done = 0; done + 1 < length; done += 2) {
    const quantity = ONE / 10n + BigInt(count + done);
    const one = 1 + ((count + done) % users);
    yield author.order('ASK', one, { quantity, price });
    const isCancel = done % 8 === 6;
    if (isCancel) yield author.order('CANCELASK', one, { quantity, price });
    else yield author.order('BID', 1 + (one % users), { quantity, price });
  }
}

/** Two orders by name, and both cancelled. */
function smallBatch(author: Author, userId: number, count: number): Proposal {
  const names = [`a${count}`, `b${count}`];
  const operations = [
    ...names.map((name, index) => ({ ...placing(count + index), client_order_id: name })),
    ...names.map((name) => ({ operation: 'cancel_order', client_order_id: name })),
  ];
  return author.envelope(userId, 'batch', { operations });
}

/** A batch of orders that stay. */
export function batch(
  author: Author,
  userId: number,
  { from, length }: { from: number; length: number },
): Proposal {
  const operations = Array.from({ length }, (_, index) => placing(from + index));
  return author.envelope(userId, 'batch', { operations });
}

function placing(count: number): object {
  const { isBid, quantity, price } = standingTerms(count);
  return {
    ...{ operation: 'place_order', stock_id: STOCK, unit_id: UNIT, side: isBid ? 'bid' : 'ask' },
    ...{ quantity: formatAmount(quantity), price: formatAmount(price) },
  };
}
