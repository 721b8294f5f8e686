// Gives a new sandbox its assets, markets and settings, through the public API and with the
// operator's key like every act of an operator. What is there already is left as it is, so that a
// sandbox that was interrupted is completed at the next start.
//
// It happens on a private address, before the sandbox is open: nobody ever meets half of it.

import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PicostocksClient } from '@picostocks/client';
import { OPERATOR_USER_ID } from '@picostocks/protocol';
import { type DataFolder, Exchange } from '@picostocks/server';
import { UsageError } from '../failure.ts';
import { readKeyFile } from '../key-file.ts';
import { ASSETS, MARKET_RULES, MARKETS, SETTINGS } from './listing.ts';
import { operatorKeyPath } from './operator-key.ts';

/** Settings cannot be read back, so a file remembers that all was done. */
function furnishedPath(folder: DataFolder): string {
  return join(folder.path, 'sandbox.json');
}

export async function furnishSandbox(folder: DataFolder): Promise<void> {
  if (existsSync(furnishedPath(folder))) return;
  const privateKey = readOperatorKey(folder);
  const where = { host: '127.0.0.1', port: 0, nodes: 1 };
  // Play money does not care how long the sandbox slept.
  const exchange = await Exchange.start({ folder, ...where, acceptTime: true });
  try {
    const baseUrl = exchange.url;
    const operator = new PicostocksClient({ baseUrl, userId: OPERATOR_USER_ID, privateKey });
    await Promise.race([furnish(operator), exchange.failed]);
  } finally {
    await exchange.stop();
  }
  writeFileSync(furnishedPath(folder), '{"furnished":true}\n', { mode: 0o600 });
}

async function furnish(operator: PicostocksClient): Promise<void> {
  const stocks = new Set((await operator.getStocks({ limit: 300 })).map((row) => row.id));
  for (const asset of ASSETS) {
    if (!stocks.has(asset.stock_id)) await operator.sendCommand('create_asset', asset);
  }
  const listed = await operator.getMarkets();
  for (const { stockId, unitId, price, bandPpm = 0 } of MARKETS) {
    if (listed.some((row) => row.stock_id === stockId && row.unit_id === unitId)) continue;
    const market = { stock_id: stockId, unit_id: unitId };
    const prices = { reference_price: price, price_band_ppm: bandPpm };
    await operator.sendCommand('list_market', { ...market, ...prices, ...MARKET_RULES });
  }
  await operator.sendCommand('change_settings', SETTINGS);
}

function readOperatorKey(folder: DataFolder): string {
  const path = operatorKeyPath(folder.path);
  if (existsSync(path)) return readKeyFile(path);
  throw new UsageError(
    `this sandbox is not complete, and its operator's key ${path} is missing: put it back, or begin again in an empty folder`,
  );
}
