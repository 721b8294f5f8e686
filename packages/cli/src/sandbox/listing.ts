// What a sandbox trades. The prices are where its simulated traders begin, in the unit; they are
// nobody's opinion of anything.

import type { CommandParameters } from '@picostocks/client';

/** One atom: even dust can be traded, so that it can be tried. */
const ATOM = '0.000000000000000001';

export const ASSETS: readonly CommandParameters<'create_asset'>[] = [
  {
    stock_id: 2,
    code: 'btc',
    name: 'Bitcoin',
    stock_type: 'coin',
    www: 'bitcoin.org',
    about: 'The coin in which most prices of this sandbox are given. Play money here.',
    quantity: '21000000',
    stock_rank: 1,
  },
  {
    stock_id: 3,
    code: 'eth',
    name: 'Ether',
    stock_type: 'coin',
    www: 'ethereum.org',
    about: 'A coin that is traded as a stock against BTC, and a unit for others. Play money here.',
    quantity: '120000000',
    eth_decimals: 18,
    stock_rank: 2,
  },
  {
    stock_id: 4,
    code: 'bst',
    name: 'Bright Star Tools',
    stock_type: 'asset',
    about: 'Shares of a company that was made up for this sandbox. It sells lamps to lighthouses.',
    quantity: '5000000',
    stock_rank: 3,
  },
  {
    stock_id: 15,
    code: 'pico',
    name: 'PicoStocks Inc.',
    stock_type: 'asset',
    www: 'www.picostocks.com',
    about: 'Shares of the company behind the exchange, as far as this sandbox goes.',
    quantity: '1000000',
    stock_rank: 4,
  },
];

export interface SandboxMarket {
  readonly stockId: number;
  readonly unitId: number;
  /** Where prices begin, and what they keep coming back to. */
  readonly price: string;
  /** Prices are multiples of it: the traders' habit, not the market's rule. */
  readonly step: string;
  /** An ordinary order is up to this. */
  readonly quantity: string;
  /** With a band, market orders need no price; without one, orders may have any price. */
  readonly bandPpm?: number;
}

const HALF = 500_000;

export const MARKETS: readonly SandboxMarket[] = [
  { stockId: 3, unitId: 2, price: '0.068', step: '0.00001', quantity: '4' },
  { stockId: 4, unitId: 2, price: '0.0021', step: '0.000001', quantity: '120', bandPpm: HALF },
  { stockId: 15, unitId: 2, price: '0.05', step: '0.00001', quantity: '40' },
  { stockId: 4, unitId: 3, price: '0.031', step: '0.00001', quantity: '120', bandPpm: HALF },
];

export const MARKET_RULES = { min_value: ATOM };

export const SETTINGS: CommandParameters<'change_settings'> = {
  registration_open: true,
  gift: '10000',
};
