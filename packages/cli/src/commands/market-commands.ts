import { CANDLE_INTERVALS, type CandleInterval } from '@picostocks/protocol';
import { type Command, Option } from 'commander';
import { UsageError } from '../failure.ts';
import type { Terminal } from '../output.ts';
import { Session, type SessionOptions } from '../session.ts';
import { renderFields } from '../table.ts';
import {
  addLeaf,
  MARKET_HELP,
  type PageOptions,
  pageOf,
  readCount,
  withKey,
  withLimit,
  withPage,
  withTimes,
  withUrl,
  withUser,
} from './leaf.ts';
import {
  actsTable,
  bookTable,
  candlesTable,
  depthTable,
  limitsText,
  marketsTable,
  stocksTable,
  tickerTable,
  tradesTable,
} from './market-tables.ts';
import { ownTradesTable } from './order-tables.ts';

interface LimitOptions extends SessionOptions {
  readonly limit?: number;
}

export function addMarketCommands(program: Command, terminal: Terminal): void {
  addBook(program, terminal);

  addTrades(program, terminal);

  const ticker = addLeaf(program, {
    name: 'ticker',
    summary: 'Show the last price and the last 24 hours, of one market or of all',
    example: 'ticker eth/btc',
  });
  withUrl(ticker.argument('[market]', MARKET_HELP)).action(
    async (market: string | undefined, options: SessionOptions) => {
      const { reader, directory, output } = new Session(terminal, options);
      const ids = market === undefined ? {} : await directory.market(market);
      const reply = await reader.getTickers(ids);
      output.reply(reply, () => tickerTable(reply));
    },
  );
  addDepth(program, terminal);
  addCandles(program, terminal);
  addLists(program, terminal);
  addExchange(program, terminal);
}

interface TradesOptions extends SessionOptions, PageOptions {
  readonly mine?: boolean;
}

function addTrades(program: Command, terminal: Terminal): void {
  const trades = addLeaf(program, {
    name: 'trades',
    summary: 'Show the trades of a market, newest first, or your own in all of them',
    example: 'trades eth/btc',
  })
    .argument('[market]', MARKET_HELP)
    .option('--mine', 'only your own, with your fees');
  withPage(withKey(withUser(trades))).action(
    async (market: string | undefined, options: TradesOptions) => {
      const session = new Session(terminal, options);
      const ids = market === undefined ? undefined : await session.directory.market(market);
      if (options.mine === true) {
        const userId = await session.userId();
        const which = { ...ids, userId, ...pageOf(options) };
        const reply = await session.read((reader) => reader.getOwnTrades(which));
        const codes = await codesFor(session);
        session.output.reply(reply, () => ownTradesTable(reply, codes));
        return;
      }
      if (ids === undefined) throw new UsageError('name a market, or say --mine');
      const reply = await session.reader.getTrades({ ...ids, ...pageOf(options) });
      session.output.reply(reply, () => tradesTable(reply));
    },
  );
}

interface DepthOptions extends SessionOptions {
  readonly levels?: number;
}

function addDepth(program: Command, terminal: Terminal): void {
  const depth = addLeaf(program, {
    name: 'depth',
    summary: 'Show how much is bid and asked at each price',
    example: 'depth eth/btc --levels 5',
  })
    .argument('<market>', MARKET_HELP)
    .option('--levels <n>', 'price levels of each side', readCount, BOOK_ROWS);
  withUrl(depth).action(async (market: string, options: DepthOptions) => {
    const { reader, directory, output } = new Session(terminal, options);
    const ids = await directory.market(market);
    const reply = await reader.getDepth({ ...ids, levels: options.levels });
    output.reply(reply, () => depthTable(reply));
  });
}

interface CandlesOptions extends SessionOptions, Pick<PageOptions, 'since' | 'until' | 'limit'> {
  readonly interval?: CandleInterval;
}

function addCandles(program: Command, terminal: Terminal): void {
  const candles = addLeaf(program, {
    name: 'candles',
    summary: 'Show prices and volumes of a market over time',
    example: 'candles eth/btc --interval 1h --since 2026-01-31',
    details: 'Intervals without a trade are left out.',
  })
    .argument('<market>', MARKET_HELP)
    .addOption(
      new Option('--interval <choice>', 'how long each is').choices(CANDLE_INTERVALS).default('1m'),
    );
  withTimes(withLimit(withUrl(candles))).action(async (market: string, options: CandlesOptions) => {
    const { reader, directory, output } = new Session(terminal, options);
    const { interval, since, until, limit } = options;
    const ids = await directory.market(market);
    const reply = await reader.getCandles({ ...ids, interval, since, until, limit });
    output.reply(reply, () => candlesTable(reply));
  });
}

function addBook(program: Command, terminal: Terminal): void {
  const book = addLeaf(program, {
    name: 'book',
    summary: 'Show the open orders of a market, or of all',
    example: 'book eth/btc',
    details: `The best ask stands right above the best bid. The table shows the best ${BOOK_ROWS} of each side\nunless --limit says otherwise.`,
  });
  withLimit(withUrl(book.argument('[market]', MARKET_HELP)), 'orders of each side').action(
    async (market: string | undefined, options: LimitOptions) => {
      const { reader, directory, output } = new Session(terminal, options);
      const ids = market === undefined ? {} : await directory.market(market);
      const reply = await reader.getOrderBook({ ...ids, limit: options.limit });
      const codes = await codesFor({ output, directory });
      const rows = options.limit === undefined && market !== undefined ? BOOK_ROWS : Infinity;
      output.reply(reply, () => bookTable(reply, { codes, rows }));
    },
  );
}

const BOOK_ROWS = 15;

/** The codes of assets, asked for only if somebody is going to read them. */
export async function codesFor({
  output,
  directory,
}: Pick<Session, 'output' | 'directory'>): Promise<(id: number) => string> {
  return output.isJson ? String : directory.codes();
}

function addLists(program: Command, terminal: Terminal): void {
  const markets = addLeaf(program, {
    name: 'markets',
    summary: 'List the markets and their rules',
    example: 'markets',
  });
  withUrl(markets).action(async (options: SessionOptions) => {
    const { reader, output } = new Session(terminal, options);
    const reply = await reader.getMarkets();
    output.reply(reply, () => marketsTable(reply));
  });

  const stocks = addLeaf(program, {
    name: 'stocks',
    summary: 'List the assets: companies and coins',
    example: 'stocks',
  });
  withLimit(withUrl(stocks)).action(async (options: LimitOptions) => {
    const { reader, output } = new Session(terminal, options);
    const reply = await reader.getStocks({ limit: options.limit });
    output.reply(reply, () => stocksTable(reply));
  });
}

interface ActsOptions extends SessionOptions, PageOptions {}

function addExchange(program: Command, terminal: Terminal): void {
  const time = addLeaf(program, {
    name: 'time',
    summary: "Show the exchange's id and clock, and how long its log is",
    example: 'time',
  });
  withUrl(time).action(async (options: SessionOptions) => {
    const { reader, output } = new Session(terminal, options);
    const reply = await reader.getTime();
    output.reply(reply, () =>
      renderFields({
        exchange: reply.exchange,
        time: reply.time,
        entries: String(reply.sequence),
        commands: reply.read_only ? 'refused: the exchange is read-only now' : 'taken',
      }),
    );
  });

  const limits = addLeaf(program, {
    name: 'limits',
    summary: 'Show how much may be asked for, and what is open',
    example: 'limits',
  });
  withUrl(limits).action(async (options: SessionOptions) => {
    const { reader, output } = new Session(terminal, options);
    const reply = await reader.getLimits();
    output.reply(reply, () => limitsText(reply));
  });

  const acts = addLeaf(program, {
    name: 'acts',
    summary: 'List what the operators did, and with which key',
    example: 'acts --since 2026-01-31',
  });
  withPage(withUrl(acts)).action(async (options: ActsOptions) => {
    const { reader, output } = new Session(terminal, options);
    const reply = await reader.getActs(pageOf(options));
    output.reply(reply, () => actsTable(reply));
  });
}
