import type { Command } from 'commander';
import type { Terminal } from '../output.ts';
import { Session, type SessionOptions } from '../session.ts';
import { renderFields } from '../table.ts';
import { addLeaf, MARKET_HELP, withLimit, withUrl } from './leaf.ts';
import { bookTable, marketsTable, stocksTable, tickerTable, tradesTable } from './market-tables.ts';

interface LimitOptions extends SessionOptions {
  readonly limit?: number;
}

export function addMarketCommands(program: Command, terminal: Terminal): void {
  addBook(program, terminal);

  const trades = addLeaf(program, {
    name: 'trades',
    summary: 'Show the trades of a market, newest first',
    example: 'trades eth/btc',
  });
  withLimit(withUrl(trades.argument('<market>', MARKET_HELP))).action(
    async (market: string, options: LimitOptions) => {
      const { reader, directory, output } = new Session(terminal, options);
      const reply = await reader.getTradesHistory({
        ...(await directory.market(market)),
        limit: options.limit,
      });
      output.reply(reply, () => tradesTable(reply));
    },
  );

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
  addLists(program, terminal);
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
}
