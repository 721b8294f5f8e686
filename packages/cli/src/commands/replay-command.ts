import { parseId } from '@picostocks/protocol';
import type { Past } from '@picostocks/server';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { UsageError } from '../failure.ts';
import { Output, type Terminal } from '../output.ts';
import { renderFields } from '../table.ts';
import { balanceTable } from './account-tables.ts';
import { addLeaf, MARKET_HELP } from './leaf.ts';
import { type LogOptions, type OpenedLog, openLog, withLog } from './log-source.ts';
import { bookTable } from './market-tables.ts';

interface ReplayOptions extends LogOptions {
  readonly to: number;
  readonly user?: number;
  readonly market?: string;
  readonly state?: boolean;
}

export function addReplayCommand(program: Command, terminal: Terminal): void {
  const replay = addLeaf(program, {
    name: 'replay',
    summary: 'Show the exchange as it was right after an entry of the log',
    example: 'replay --to 1207 --user 19',
    details:
      'Begins with the newest snapshot that is not after the entry, and applies the entries from there.\nEvery answer to a command says its entry: "sequence".',
  });
  withLog(replay)
    .requiredOption('--to <sequence>', 'the last entry that counts', readSequence)
    .addOption(
      new Option('--user <id>', "a user's balances and open orders")
        .argParser(readSequence)
        .conflicts(['market', 'state']),
    )
    .addOption(
      new Option('--market <market>', `its open orders; ${MARKET_HELP}`).conflicts('state'),
    )
    .option('--state', 'the whole state, as docs/protocol.md writes it')
    .action(async (options: ReplayOptions) => {
      const output = new Output(terminal, options.json ?? false);
      using opened = await openLog(options);
      await show(await replayTo(opened, { to: options.to, output }), { options, output });
    });
}

function readSequence(text: string): number {
  const sequence = parseId(text);
  if (sequence === undefined) throw new InvalidArgumentError('It must be a whole number.');
  return sequence;
}

async function replayTo(
  { log, snapshots }: OpenedLog,
  { to, output }: { to: number; output: Output },
): Promise<Past> {
  const last = log.head().sequence;
  if (to < 1 || to > last) throw new UsageError(`--to: the log has the entries 1 to ${last}`);
  const { Past } = await import('@picostocks/server');
  return Past.replay({ log, snapshots, to, warn: (message) => output.note(message) });
}

interface Show {
  readonly options: ReplayOptions;
  readonly output: Output;
}

async function show(past: Past, { options, output }: Show): Promise<void> {
  const { formatMicros } = await import('@picostocks/server');
  const { exchange, sequence } = past;
  const moment = { exchange, sequence, time: formatMicros(past.time) };
  const { user, market } = options;
  if (user !== undefined) showUser(past, { user, moment, output });
  else if (market !== undefined) showMarket(past, { market, moment, output });
  else if (options.state === true) await output.stream(stateText(past, { moment, output }));
  else {
    const reply = { ...moment, users: past.users, state_hash: past.stateHash() };
    output.reply(reply, () =>
      renderFields({
        exchange,
        entry: String(sequence),
        time: moment.time,
        users: String(reply.users),
        'state hash': reply.state_hash,
      }),
    );
  }
}

interface Moment {
  readonly exchange: string;
  readonly sequence: number;
  readonly time: string;
}

function heading({ sequence, time }: Moment): string {
  return `After entry ${sequence}, ${time}:`;
}

function showUser(
  past: Past,
  { user, moment, output }: { user: number; moment: Moment; output: Output },
): void {
  const balances = past.balances(user);
  if (balances === undefined) {
    throw new UsageError(`there was no user ${user} after entry ${moment.sequence}`, {
      code: 'unknown_user',
    });
  }
  const orders = past.orders(user);
  const codes = (id: number): string => past.codeOf(id);
  output.reply({ ...moment, user_id: user, balances, ...orders }, () =>
    [
      heading(moment),
      balanceTable(balances, codes),
      bookTable(orders, { codes, rows: Number.POSITIVE_INFINITY }),
    ].join('\n\n'),
  );
}

function showMarket(
  past: Past,
  { market: name, moment, output }: { market: string; moment: Moment; output: Output },
): void {
  const market = past.market(name);
  if (market === undefined) {
    throw new UsageError(`there was no market ${name} after entry ${moment.sequence}`, {
      code: 'market_not_found',
    });
  }
  const book = past.book(market);
  const ids = { stock_id: market.stock.id, unit_id: market.unit.id };
  const codes = (id: number): string => past.codeOf(id);
  output.reply({ ...moment, ...ids, ...book }, () =>
    [heading(moment), bookTable(book, { codes, rows: Number.POSITIVE_INFINITY })].join('\n\n'),
  );
}

/** Piece by piece: a state may be larger than the longest string. */
function* stateText(
  past: Past,
  { moment, output }: { moment: Moment; output: Output },
): Generator<string> {
  if (!output.isJson) {
    for (const line of past.lines()) yield `${line}\n`;
    return;
  }
  const head = JSON.stringify({ ...moment, state_hash: past.stateHash() });
  yield `${head.slice(0, -1)},"lines":[`;
  let comma = '';
  for (const line of past.lines()) {
    yield comma + JSON.stringify(line);
    comma = ',';
  }
  yield ']}\n';
}
