// Placing orders, and cancelling them by their price. What the published API can say travels as its order
// text; the rest, and what a further key signs, in an envelope.

import type { PlaceOrder } from '@picostocks/client';
import type { Side, TimeInForce } from '@picostocks/protocol';
import { TIMES_IN_FORCE } from '@picostocks/protocol';
import { Argument, type Command, Option } from 'commander';
import { UsageError } from '../failure.ts';
import { readIsoTime } from '../iso-time.ts';
import type { Terminal } from '../output.ts';
import { Session, type SessionOptions } from '../session.ts';
import { addLeaf, MARKET_HELP, withKey, withUser } from './leaf.ts';
import { codesFor } from './market-commands.ts';
import { cancelledText, cancelText, placedText, putText } from './order-tables.ts';

export function addOrderCommands(program: Command, terminal: Terminal): void {
  addPut(program, terminal, {
    side: 'bid',
    summary: 'Bid for a quantity: buy at a price or below',
  });
  addPut(program, terminal, { side: 'ask', summary: 'Offer a quantity: sell at a price or above' });
  addCancel(program, terminal);
}

interface PutOptions extends SessionOptions {
  readonly market?: boolean;
  readonly timeInForce?: TimeInForce;
  readonly goodUntil?: number;
  readonly clientId?: string;
}

const DETAILS = `With --market the order trades at once with whatever is there, at the price or better; without a price
the edge of the market's price band is the worst.
--time-in-force: gtc until cancelled, gtt until --good-until, ioc now or not at all, fok now and whole or
not at all, post_only never against what already stands in the book.`;

function addPut(
  program: Command,
  terminal: Terminal,
  { side, summary }: { side: Side; summary: string },
): void {
  const example = `${side} eth/btc 1.5 0.07 --time-in-force post_only --client-id ${side}-1`;
  const put = addLeaf(program, { name: side, summary, example, details: DETAILS })
    .argument('<market>', MARKET_HELP)
    .argument('<quantity>', 'how much of the stock (eth in eth/btc); at most 18 decimals')
    .argument('[price]', 'in the unit (btc in eth/btc), for one; at most 18 decimals')
    .option('--market', 'a market order')
    .addOption(
      new Option('--time-in-force <choice>', 'how long it may stand').choices(TIMES_IN_FORCE),
    )
    .option('--good-until <time>', 'until then, as 2026-01-31T09:30:00Z', readIsoTime)
    .option('--client-id <id>', 'your own name for it, unique among your open orders');
  withKey(withUser(put)).action(
    async (market: string, quantity: string, price: string | undefined, options: PutOptions) => {
      if (price === undefined && options.market !== true) {
        throw new UsageError('give a price, or --market', {
          hint: `Help: picostocks ${side} --help`,
        });
      }
      const session = new Session(terminal, options);
      const ids = await session.directory.market(market);
      const order = { ...ids, side, quantity, price, ...kindOf(options) };
      if (price !== undefined && isPlain(options) && session.keyId === 0) {
        await sendText(session, { ...order, price });
      } else await sendEnvelope(session, order);
    },
  );
}

function kindOf({ market, timeInForce, goodUntil, clientId }: PutOptions) {
  const type = market === true ? ('market' as const) : undefined;
  return { type, timeInForce, goodUntil, clientOrderId: clientId };
}

/** Can the order text of the published API say it? */
function isPlain(options: PutOptions): boolean {
  return Object.values(kindOf(options)).every((value) => value === undefined);
}

async function sendText(
  session: Session,
  { side, stockId, unitId, quantity, price }: PlaceOrder & { readonly price: string },
): Promise<void> {
  const order = { stockId, unitId, quantity, price };
  const reply = await session.send((client) =>
    side === 'bid' ? client.putBid(order) : client.putAsk(order),
  );
  const codes = await codesFor(session);
  session.output.reply(reply, () => putText(reply, { side, codes }));
}

async function sendEnvelope(session: Session, order: PlaceOrder): Promise<void> {
  const reply = await session.send((client) => client.placeOrder(order));
  const codes = await codesFor(session);
  const { side } = order;
  session.output.reply(reply, () => placedText(reply, { side, codes, market: order }));
}

function addCancel(program: Command, terminal: Terminal): void {
  const cancel = addLeaf(program, {
    name: 'cancel',
    summary: 'Cancel an open order, or a part of it, by its exact price',
    example: 'cancel bid eth/btc 1.5 0.07',
    details:
      'Of your orders at exactly that price, the newest whose remainder equals the quantity is\ncancelled; else they are reduced from the newest on until the quantity is used up.\nBy its number: picostocks order cancel 7.',
  })
    .addArgument(new Argument('<side>', 'of the order').choices(['bid', 'ask']))
    .argument('<market>', MARKET_HELP)
    .argument('<quantity>', 'how much to cancel')
    .argument('<price>', "the order's price");
  withKey(withUser(cancel)).action(
    async (
      side: Side,
      market: string,
      quantity: string,
      price: string,
      options: SessionOptions,
    ) => {
      const session = new Session(terminal, options);
      const order = { ...(await session.directory.market(market)), quantity, price };
      if (session.keyId !== 0) {
        const reply = await session.send((client) => client.cancelAtPrice({ ...order, side }));
        session.output.reply(reply, () => cancelledText(reply.result, reply));
        return;
      }
      const reply = await session.send((client) =>
        side === 'bid' ? client.cancelBid(order) : client.cancelAsk(order),
      );
      session.output.reply(reply, () => cancelText(reply));
    },
  );
}
