// The operator's acts, one for each envelope type that is his alone. Options come from the schemas
// of the commands, so a new parameter is an option as soon as `protocol` has it.

import { type EnvelopeType, parseId } from '@picostocks/protocol';
import { UsageError } from '../failure.ts';
import type { Session } from '../session.ts';
import { ASSET_HELP, MARKET_HELP } from './leaf.ts';

export type Params = Readonly<Record<string, unknown>>;

/** A positional argument and the parameters that it stands for. */
export interface ActArgument {
  readonly name: string;
  readonly help: string;
  read(text: string, session: Session): Params | Promise<Params>;
}

export interface Act {
  readonly name: string;
  readonly type: EnvelopeType;
  readonly summary: string;
  readonly example: string;
  readonly arguments: readonly ActArgument[];
  /** Parameters that the act itself sets. */
  readonly params?: Params;
}

const MARKET: ActArgument = {
  name: 'market',
  help: MARKET_HELP,
  read: async (text, { directory }) => {
    const { stockId, unitId } = await directory.market(text);
    return { stock_id: stockId, unit_id: unitId };
  },
};

const ASSET: ActArgument = {
  name: 'asset',
  help: ASSET_HELP,
  read: async (text, { directory }) => ({ stock_id: await directory.stockId(text) }),
};

/** A parameter that is given as it is. */
function plain(name: string, help: string): ActArgument {
  return { name, help, read: (text) => ({ [name]: text }) };
}

function number(name: string, help: string): ActArgument {
  const read = (text: string): Params => {
    const value = parseId(text);
    if (value === undefined) throw new UsageError(`${name}: ${text} is no whole number`);
    return { [name]: value };
  };
  return { name, help, read };
}

export const ACTS: readonly Act[] = [
  {
    name: 'register-user',
    type: 'register_user',
    summary: 'Register a user, whether registration is open or not',
    example: 'register-user d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    arguments: [plain('public_key', "the user's public key, 64 hexadecimal digits")],
  },
  {
    name: 'create-asset',
    type: 'create_asset',
    summary: 'Create an asset: a company or a coin',
    example: 'create-asset 42 acme --name "Acme Ltd." --quantity 1000000',
    arguments: [
      number('stock_id', 'its number, for ever'),
      plain('code', 'its code: 2 to 12 small letters and digits'),
    ],
  },
  {
    name: 'change-asset',
    type: 'change_asset',
    summary: 'Change what is said of an asset; only the given options change',
    example: 'change-asset acme --status suspended',
    arguments: [ASSET],
  },
  {
    name: 'list-market',
    type: 'list_market',
    summary: 'List a market: trade one asset against another',
    example: 'list-market acme/btc --tick 0.0001 --lot 1',
    arguments: [MARKET],
  },
  {
    name: 'change-market',
    type: 'change_market',
    summary: "Change a market's rules; only the given options change",
    example: 'change-market acme/btc --price-band-ppm 100000',
    arguments: [MARKET],
  },
  {
    name: 'halt',
    type: 'change_market',
    summary: 'Halt a market: no new orders; cancels still work',
    example: 'halt acme/btc',
    arguments: [MARKET],
    params: { status: 'halted' },
  },
  {
    name: 'resume',
    type: 'change_market',
    summary: 'Open a halted market again',
    example: 'resume acme/btc',
    arguments: [MARKET],
    params: { status: 'open' },
  },
  {
    name: 'set-fees',
    type: 'set_fees',
    summary: "Set a market's trading fees, in parts per million of what each side receives",
    example: 'set-fees acme/btc 1000 2000',
    arguments: [
      MARKET,
      number('maker_ppm', 'for the order that stood in the book'),
      number('taker_ppm', 'for the order that came'),
    ],
  },
  {
    name: 'deposit',
    type: 'credit_deposit',
    summary: 'Credit a deposit; the same asset, txid and output only once',
    example: 'deposit 1 btc 0.5 4a5e1e4baab89f3a32518a88c31bc87f --output 0',
    arguments: [
      number('user_id', 'who gets it'),
      ASSET,
      plain('quantity', 'how much'),
      plain('txid', 'the transaction that brought it, up to 100 characters'),
    ],
  },
  {
    name: 'settings',
    type: 'change_settings',
    summary: "Change the exchange's settings; only the given options change",
    example: 'settings --registration-open true',
    arguments: [],
  },
];
