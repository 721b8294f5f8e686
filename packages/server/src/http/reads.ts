// What every read begins with: a state that is current, and who reads.

import { findTrader, type User } from '@picostocks/engine';
import type { Sequence, UserId } from '@picostocks/protocol';
import type { Deadline } from '../node/deadline.ts';
import { Refused } from '../node/refused.ts';
import type { NodeParts } from './routes.ts';
import { type ReadRequest, refuseStranger, type Viewer, viewerOf } from './signed-reads.ts';

type Parts = Pick<NodeParts, 'replica' | 'deadline'>;

export interface Read {
  /** What is asked of the history must be no older than this. */
  readonly atLeast: Sequence;
  readonly deadline: Deadline;
  readonly viewer: Viewer;
}

export async function beginRead({ replica, deadline }: Parts, request: ReadRequest): Promise<Read> {
  const by = deadline();
  const atLeast = await replica.current(by);
  return { atLeast, deadline: by, viewer: viewerOf(replica.state, request) };
}

/**
 * A read of what belongs to one user.
 *
 * @throws Refused `unknown_user`, and where reads are signed `read_not_signed`, `read_forbidden`, …
 */
export async function beginUserRead(
  parts: Parts,
  request: ReadRequest,
  userId: UserId,
): Promise<Read & { readonly user: User }> {
  const read = await beginRead(parts, request);
  refuseStranger(read.viewer, userId);
  const user = findTrader(parts.replica.state, userId);
  if (user === undefined) throw new Refused('unknown_user');
  return { ...read, user };
}
