// The sandbox: an exchange of play money, made on the spot, with a few simulated traders.

import { randomInt } from 'node:crypto';
import { join, resolve } from 'node:path';
import { DataFolder, Exchange } from '@picostocks/server';
import { foundSandbox } from './found-sandbox.ts';
import { furnishSandbox } from './furnish.ts';
import { type Pause, pauseForReal, TradingFloor } from './trading-floor.ts';

export interface SandboxOptions {
  /** The data folder. */
  readonly data: string;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly nodes?: number | undefined;
  readonly hasTraders: boolean;
  readonly log: (line: string) => void;
  /** For tests: the traders' timer, and what their luck begins with. */
  readonly pause?: Pause;
  readonly seed?: number;
}

export class Sandbox {
  /** Where this machine reaches it. */
  readonly url: string;
  readonly folder: DataFolder;
  readonly nodes: number;
  readonly failed: Promise<never>;
  readonly #exchange: Exchange;
  readonly #floor: TradingFloor | undefined;

  private constructor(
    exchange: Exchange,
    { folder, options }: { folder: DataFolder; options: SandboxOptions },
  ) {
    this.#exchange = exchange;
    this.folder = folder;
    this.url = localUrl(exchange.url);
    this.nodes = exchange.nodes;
    this.failed = exchange.failed;
    this.#floor = options.hasTraders ? openFloor(this.url, { folder, options }) : undefined;
  }

  /**
   * Starts the sandbox of a data folder, made on the first start and completed if that one was
   * interrupted, and answers once it serves.
   *
   * @throws ExchangeError `not_a_sandbox`, `data_folder_in_use`, `address_in_use`, …
   */
  static async start(options: SandboxOptions): Promise<Sandbox> {
    const folder = new DataFolder(resolve(options.data));
    await foundSandbox(folder);
    await furnishSandbox(folder);
    const { host, port, nodes } = options;
    const exchange = await Exchange.start({
      folder,
      host,
      port,
      // Play money does not care how long the sandbox slept.
      acceptTime: true,
      ...(nodes === undefined ? {} : { nodes }),
    });
    return new Sandbox(exchange, { folder, options });
  }

  /** As `Exchange.publishLiabilities`. */
  publishLiabilities(): ReturnType<Exchange['publishLiabilities']> {
    return this.#exchange.publishLiabilities();
  }

  /** The traders first: their last orders are answered before the exchange closes. */
  async stop(): Promise<void> {
    await this.#floor?.stop();
    await this.#exchange.stop();
  }
}

function openFloor(
  url: string,
  { folder, options }: { folder: DataFolder; options: SandboxOptions },
): TradingFloor {
  const { log, pause = pauseForReal, seed = randomInt(2 ** 31) } = options;
  return new TradingFloor({ url, folder: join(folder.path, 'traders'), log, pause, seed });
}

/** A server that listens on every address is reached on this machine's own. */
function localUrl(url: string): string {
  return url.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:');
}
