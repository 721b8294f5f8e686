// Acts about what is traded: assets, markets, fees, settings.

import { ASSET_CODE_PATTERN } from '@picostocks/protocol';
import { UsageError } from '../failure.ts';
import { type Act, type ActArgument, ASSET, MARKET, number, plain } from './act.ts';

const CODE: ActArgument = {
  name: 'code',
  help: 'its code: 2 to 12 small letters and digits',
  read: (text) => {
    if (new RegExp(ASSET_CODE_PATTERN).test(text)) return { code: text };
    throw new UsageError('a code is 2 to 12 small letters and digits, and neither xbt nor bchsv');
  },
};

export const LISTING_ACTS: readonly Act[] = [
  {
    name: 'create-asset',
    type: 'create_asset',
    summary: 'Create an asset: a company or a coin',
    example: 'create-asset 42 acme --name "Acme Ltd." --quantity 1000000',
    arguments: [number('stock_id', 'its number, for ever'), CODE],
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
    type: 'halt_market',
    summary: 'Halt a market: no new orders; cancels still work',
    example: 'halt acme/btc "news of the company are awaited"',
    arguments: [MARKET, plain('reason', 'why, for everybody to read')],
  },
  {
    name: 'resume',
    type: 'resume_market',
    summary: 'Open a halted market again',
    example: 'resume acme/btc',
    arguments: [MARKET],
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
    name: 'set-fee-tier',
    type: 'set_fee_tier',
    summary: 'Set what the users of a fee tier are spared of all trading fees',
    example: 'set-fee-tier 1 500000 250000',
    arguments: [
      number('tier', '0 to 20; everybody begins in 0'),
      number('maker_discount_ppm', 'of the maker fee, in parts per million: 500000 is half'),
      number('taker_discount_ppm', 'of the taker fee'),
    ],
  },
  {
    name: 'settings',
    type: 'change_settings',
    summary: "Change the exchange's settings; only the given options change",
    example: 'settings --registration-open true --reads signed',
    details: '"picostocks limits" shows what is open.',
    arguments: [],
  },
];
