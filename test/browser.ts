// Where the browser for the tests is: on the machine, or fetched by the system's package manager.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const PLACES = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/** The path of a Chromium, or `undefined`. PICOSTOCKS_CHROMIUM names another. */
export function findBrowser(): string | undefined {
  const named = process.env['PICOSTOCKS_CHROMIUM'];
  if (named !== undefined) return named;
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const inPath = folders.flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return [...inPath, ...PLACES].find((path) => existsSync(path));
}

/** Installs Chromium where that is possible without asking anybody: root on a Debian system. */
export function fetchBrowser(): void {
  if (findBrowser() !== undefined || process.getuid?.() !== 0) return;
  const install = 'apt-get update && apt-get install -y --no-install-recommends chromium';
  spawnSync('sh', ['-c', install], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
}

/** How to start it without a screen, as root, and without asking the network for anything. */
export const BROWSER_ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
