// The seed of a run of all tests: what was asked for, or else the commit's hash, so that every commit is
// tried with other random choices and each can be tried again; outside a clone always the same one.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const FIXED = 'picostocks';

/** `asked` is what stands in PICOSTOCKS_SEED. */
export function chooseSeed({ asked, root }: { asked: string | undefined; root: string }): string {
  return asked ?? commitOf(root) ?? FIXED;
}

/** The commit that is checked out; `undefined` where there is no clone, no commit or no git. */
function commitOf(root: string): string | undefined {
  // A copy of the files may lie in somebody else's clone.
  if (!existsSync(join(root, '.git'))) return undefined;
  const { stdout } = spawnSync('git', ['rev-parse', 'HEAD'], { cwd: root, encoding: 'utf8' });
  const commit = stdout?.trim() ?? '';
  return /^[0-9a-f]{40,64}$/.test(commit) ? commit : undefined;
}
