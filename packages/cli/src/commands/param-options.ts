// Command-line options made from the schema of a command's parameters: `min_quantity` is
// `--min-quantity`. Required parameters are arguments and have no option.

import { AMOUNT_PATTERN, ENVELOPE_PARAMS, type EnvelopeType, parseId } from '@picostocks/protocol';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Params } from './act.ts';

/** The part of JSON Schema that parameters are written in. */
interface ParamSchema {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly format?: string;
  readonly anyOf?: readonly ParamSchema[];
}

const HELP: Readonly<Record<string, string>> = {
  status: 'where it stands',
  stock_type: 'what kind of asset it is',
  btc_address: 'where it is kept on Bitcoin; null: nowhere',
  eth_address: 'its contract on Ethereum; null: none',
  stock_rank: 'its place in lists',
  name: 'its full name',
  email: 'where to write',
  www: 'its site',
  about: 'what it is, in a few sentences',
  quantity: 'how much of it there is',
  doc_id: 'the number of its document',
  transaction_id: 'the number of its transaction',
  ipo_user_id: 'who receives what the offering brings',
  ipo_max_quantity: 'how much the offering sells at most',
  ipo_min_price: 'the lowest price of the offering',
  eth_decimals: 'decimals of its token',
  min_fee: 'the smallest withdrawal fee',
  per_fee: 'the withdrawal fee as a part of the quantity, such as 0.0050',
  deposit: 'are deposits taken?',
  withdraw: 'are withdrawals taken?',
  min_deposit: 'less is not credited',
  min_withdrawal: 'the smallest withdrawal',
  approval_above: 'a withdrawal of more waits for an operator',
  daily_withdrawal: 'of one user on one day, UTC; 0: no limit',
  txid: 'the transaction',
  reason: 'why, for everybody to read',
  reads: 'who may read what belongs to one user',
  tick: 'prices are multiples of it',
  lot: 'quantities are multiples of it',
  min_quantity: 'of an order',
  max_quantity: 'of an order',
  min_value: 'of price times quantity',
  max_value: 'of price times quantity',
  price_band_ppm: 'how far a price may be from the reference price; 0: no band',
  reference_price: 'what the price band is measured from',
  max_open_orders: 'of one user in this market',
  self_trade: 'what happens when a user meets himself',
  output: "the transaction's output",
  memo: 'a note, at most 64 bytes',
  registration_open: 'may anyone register a key?',
  gift: 'what a new user gets of every asset; sandboxes only',
  fee_user_id: 'which user receives the fees',
};

/** Which parameters of a command are options. */
export interface ParamChoice {
  readonly type: EnvelopeType;
  isOption(param: string): boolean;
}

export function addParamOptions(command: Command, choice: ParamChoice): Command {
  for (const [name, schema] of optionalParams(choice)) {
    const option = new Option(
      `--${name.replaceAll('_', '-')} <${placeholder(schema)}>`,
      HELP[name],
    );
    if (schema.enum !== undefined) option.choices(schema.enum);
    else option.argParser((text): Given => ({ value: readParam(schema, text) }));
    command.addOption(option);
  }
  return command;
}

/** The parameters that were given as options. */
export function readParams(
  choice: ParamChoice,
  options: Readonly<Record<string, unknown>>,
): Params {
  const params: Record<string, unknown> = {};
  for (const [name] of optionalParams(choice)) {
    const given = options[camelCase(name)];
    if (given !== undefined) params[name] = isGiven(given) ? given.value : given;
  }
  return params;
}

/** A value in a box: commander would take a bare `null` for an empty text. */
interface Given {
  readonly value: unknown;
}

function isGiven(option: unknown): option is Given {
  return typeof option === 'object' && option !== null && 'value' in option;
}

function optionalParams({ type, isOption }: ParamChoice): [string, ParamSchema][] {
  const { properties, required = [] } = ENVELOPE_PARAMS[type] as {
    properties: Record<string, ParamSchema>;
    required?: string[];
  };
  return Object.entries(properties).filter(([name]) => !required.includes(name) && isOption(name));
}

/** How commander names the value of `--min-quantity`. */
function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function placeholder(schema: ParamSchema): string {
  if (schema.enum !== undefined) return 'choice';
  if (schema.format === 'amount') return 'amount';
  if (schema.type === 'integer') return 'n';
  if (schema.type === 'boolean') return 'true|false';
  return schema.anyOf === undefined ? 'text' : 'text|null';
}

function readParam(schema: ParamSchema, text: string): unknown {
  if (schema.type === 'integer') {
    const value = parseId(text);
    if (value === undefined) throw new InvalidArgumentError('It must be a whole number.');
    return value;
  }
  if (schema.type === 'boolean') {
    if (text !== 'true' && text !== 'false') throw new InvalidArgumentError('Say true or false.');
    return text === 'true';
  }
  if (schema.anyOf !== undefined && text === 'null') return null;
  if (schema.pattern === AMOUNT_PATTERN && !new RegExp(AMOUNT_PATTERN).test(text)) {
    throw new InvalidArgumentError('It must be an amount with at most 18 decimals.');
  }
  return text;
}
