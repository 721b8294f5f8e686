// What a figure is worth nothing without: the machine, the versions and the commit.

import { execFileSync } from 'node:child_process';
import { cpus, totalmem } from 'node:os';

export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly commit: string;
}

export function describeMachine(): Machine {
  const processors = cpus();
  const { node, v8, sqlite = '' } = process.versions;
  return {
    processor: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${process.arch}`,
    versions: { node, v8, sqlite },
    commit: commit(),
  };
}

/** With a star when the tree is not what was committed. */
function commit(): string {
  const git = (...words: string[]): string =>
    execFileSync('git', words, { cwd: import.meta.dirname, encoding: 'utf8' }).trim();
  try {
    const isClean = git('status', '--porcelain', '--', ':!results', ':!../docs') === '';
    return git('rev-parse', '--short', 'HEAD') + (isClean ? '' : '*');
  } catch {
    return 'unknown';
  }
}
