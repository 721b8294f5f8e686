// Names of assets and markets: what a person writes (eth, 3, eth/btc, 3/2) and what the API takes.

import type { PicostocksReader } from '@picostocks/client';
import { parseId, type StockRow } from '@picostocks/protocol';
import { UsageError } from './failure.ts';

/** As many as one answer holds. */
const STOCKS_MAX = 300;

export interface MarketIds {
  readonly stockId: number;
  readonly unitId: number;
}

export class Directory {
  readonly #reader: PicostocksReader;
  #stocks: Promise<StockRow[]> | undefined;

  constructor(reader: PicostocksReader) {
    this.#reader = reader;
  }

  /** The id of an asset; only a code needs to be asked for. */
  async stockId(text: string): Promise<number> {
    const id = parseId(text);
    if (id !== undefined) return id;
    const code = text.toLowerCase();
    const stock = (await this.#load()).find((row) => row.code.toLowerCase() === code);
    if (stock !== undefined) return stock.id;
    throw new UsageError(`no asset has the code ${text}`, {
      code: 'stock_not_found',
      hint: '"picostocks stocks" lists them.',
    });
  }

  async market(text: string): Promise<MarketIds> {
    const [stock, unit, ...rest] = text.split('/');
    if (stock === undefined || unit === undefined || rest.length > 0 || !stock || !unit) {
      throw new UsageError(`${text} is no market: write stock/unit, as eth/btc or 3/2`);
    }
    return { stockId: await this.stockId(stock), unitId: await this.stockId(unit) };
  }

  /** Answers how to write assets for people: by code, or by number where the code is not known. */
  async codes(): Promise<(id: number) => string> {
    const rows = await this.#load();
    const codes = new Map(rows.map((row) => [row.id, row.code.toUpperCase()]));
    return (id) => codes.get(id) ?? String(id);
  }

  #load(): Promise<StockRow[]> {
    this.#stocks ??= this.#reader.getStocks({ limit: STOCKS_MAX });
    return this.#stocks;
  }
}
