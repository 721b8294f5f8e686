export { DataFolder } from './data-folder.ts';
export { Exchange, type ExchangeOptions } from './exchange.ts';
export { ExchangeError, type ExchangeErrorCode } from './exchange-error.ts';
export { found, prepareGenesis, readGenesis } from './genesis.ts';
