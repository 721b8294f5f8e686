// What an act of the operator is on the command line. Options come from the schemas of the commands, so a
// new parameter is an option as soon as `protocol` has it.

import type { CommandReply, OperatorType } from '@picostocks/protocol';
import type { Session } from '../session.ts';
import { shortAmount } from '../table.ts';
import { ASSET_HELP, MARKET_HELP, readId } from './leaf.ts';

export type Params = Readonly<Record<string, unknown>>;

/** A positional argument and the parameters that it stands for. */
export interface ActArgument {
  readonly name: string;
  readonly help: string;
  read(text: string, session: Session): Params | Promise<Params>;
}

export interface Act {
  readonly name: string;
  readonly type: OperatorType;
  readonly summary: string;
  readonly example: string;
  readonly details?: string;
  readonly arguments: readonly ActArgument[];
  /** Parameters that the act itself sets. */
  readonly params?: Params;
  /** Which optional parameters are options; default all that are neither arguments nor set. */
  readonly options?: readonly string[];
}

export const MARKET: ActArgument = {
  name: 'market',
  help: MARKET_HELP,
  read: async (text, { directory }) => {
    const { stockId, unitId } = await directory.market(text);
    return { stock_id: stockId, unit_id: unitId };
  },
};

export const ASSET: ActArgument = {
  name: 'asset',
  help: ASSET_HELP,
  read: async (text, { directory }) => ({ stock_id: await directory.stockId(text) }),
};

/** A parameter that is given as it is. */
export function plain(name: string, help: string): ActArgument {
  return { name, help, read: (text) => ({ [name]: text }) };
}

export function number(name: string, help: string): ActArgument {
  return { name, help, read: (text) => ({ [name]: readId(text, name) }) };
}

/** A number of the API under a name that says more. */
export function numberOf(
  param: string,
  { name, help }: { name: string; help: string },
): ActArgument {
  return { name, help, read: (text) => ({ [param]: readId(text, name) }) };
}

/** What an act did, for people. */
export function actText({ type, sequence, result }: CommandReply): string {
  const made = Object.entries(result)
    // A list of what is there by itself says nothing more.
    .filter(([name, value]) => value !== '' && !(name === 'deposit_ids' && 'deposit_id' in result))
    .map(([name, value]) => `${name} ${shownValue(value)}`);
  return [`${type} is entry ${sequence} of the log`, ...made].join('; ');
}

function shownValue(value: unknown): string {
  if (Array.isArray(value)) return value.map(shownValue).join(', ');
  return typeof value === 'string' ? shortAmount(value) : JSON.stringify(value);
}
