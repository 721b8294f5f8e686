// When the server is killed, and what with it. The seed decides; where the threads of the server are at that
// moment, no seed can.

import { existsSync, type FSWatcher, readdirSync, watch } from 'node:fs';
import type { Random } from '@picostocks/engine/testing';
import type { ServerProcess, Target } from './server-process.ts';

export const KILLS = ['load', 'snapshot', 'start', 'resolve', 'stop'] as const;
/**
 *   load      while clients trade
 *   snapshot  when a snapshot is being written
 *   start     before it serves
 *   resolve   while clients find out what became of their commands
 *   stop      in the middle of a clean stop, which ends with a snapshot
 */
export type KillKind = (typeof KILLS)[number];

export interface Kill {
  readonly kind: KillKind;
  readonly target: Target;
  readonly afterMs: number;
}

export interface Range {
  readonly leastMs: number;
  readonly mostMs: number;
}

/** How long to look for a snapshot before the kill comes anyway. */
const SNAPSHOT_MS = 6_000;
const START_MS = 1_500;
const RESOLVE_MS = 60;
const STOP_MS = 150;

export function planKill(random: Random, between: Range): Kill {
  const kind = random.weighted<KillKind>([
    [40, 'load'],
    [35, 'snapshot'],
    [10, 'start'],
    [8, 'resolve'],
    [7, 'stop'],
  ]);
  const target = random.chance(60) ? 'group' : 'server';
  return { kind, target, afterMs: delayOf(kind, random, between) };
}

/** What comes before a kill that needs a restart, or commands in doubt. */
export function planLoadKill(random: Random, between: Range): Kill {
  const target = random.chance(60) ? 'group' : 'server';
  return { kind: 'load', target, afterMs: delayOf('load', random, between) };
}

function delayOf(kind: KillKind, random: Random, { leastMs, mostMs }: Range): number {
  switch (kind) {
    case 'load':
      return leastMs + random.integer(mostMs - leastMs + 1);
    case 'snapshot':
      return SNAPSHOT_MS;
    case 'start':
      return random.integer(START_MS);
    case 'resolve':
      return random.integer(RESOLVE_MS);
    case 'stop':
      return random.integer(STOP_MS);
  }
}

export interface Executed {
  /** `false`: it ended by itself before, after a clean stop. */
  readonly wasKilled: boolean;
  /** A snapshot lay there half written. */
  readonly hitSnapshot: boolean;
}

/** Carries a kill out, and answers when the server has ended. */
export async function execute(
  server: ServerProcess,
  { kill, snapshots }: { readonly kill: Kill; readonly snapshots: string },
): Promise<Executed> {
  const { promise: due, resolve } = Promise.withResolvers<void>();
  const isOnSnapshot = kill.kind === 'snapshot' || kill.kind === 'stop';
  const strike = (): void => {
    // In here, not after an await: a snapshot is written in a few milliseconds.
    server.kill(kill.target);
    resolve();
  };
  const watcher = isOnSnapshot ? watchUnfinished(snapshots, strike) : undefined;
  const timer = setTimeout(strike, kill.afterMs);
  if (kill.kind === 'stop') server.terminate();
  await Promise.race([due, server.exited]);
  clearTimeout(timer);
  watcher?.close();
  const { wasKilled } = await server.exited;
  if (kill.target === 'group') await server.gone;
  return { wasKilled, hitSnapshot: hasUnfinished(snapshots) };
}

function watchUnfinished(folder: string, found: () => void): FSWatcher {
  return watch(folder, (_event, name) => {
    if (name?.endsWith('.tmp')) found();
  });
}

function hasUnfinished(folder: string): boolean {
  return existsSync(folder) && readdirSync(folder).some((name) => name.endsWith('.tmp'));
}
