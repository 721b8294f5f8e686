// Builds that are broken on purpose. The auditor has to notice each of them, within a bound; one that
// lives is an auditor who sleeps.

import type { ViolationKind } from '../violation.ts';
import type { Seams } from '../world/seams.ts';
import {
  brokenPriority,
  immortalKey,
  lostLock,
  replayedNonce,
  wrongRounding,
} from './broken-engine.ts';
import { hastyHead, rewrittenHistory } from './broken-heads.ts';
import { hastyAcknowledgement, ignoredHash } from './broken-log.ts';
import { carelessHistory, lyingRefusal, noTicks, staleRead } from './broken-node.ts';
import { forgetfulWorker } from './broken-worker.ts';

export interface Canary {
  readonly name: string;
  readonly seams: Seams;
  /** What the auditor may say first. */
  readonly kinds: readonly ViolationKind[];
  /** The only violations that count, where others would come first. */
  readonly hears?: readonly ViolationKind[];
  /** How long the run may be; default an hour. */
  readonly minutes?: number;
  /** Default 1: as busy as can be. */
  readonly pace?: number;
}

/** Steps within which a canary must be caught. */
export const CANARY_STEPS_MAX = 60_000;

export const CANARIES: readonly Canary[] = [
  {
    name: 'lost lock',
    seams: lostLock,
    kinds: ['replicas_differ', 'wrong_read', 'head_wrong'],
  },
  {
    name: 'replayed nonce',
    seams: replayedNonce,
    kinds: ['replicas_differ', 'wrong_read', 'stale_read', 'head_wrong'],
  },
  {
    name: 'acknowledged before durable',
    seams: hastyAcknowledgement,
    kinds: ['acknowledged_before_durable', 'published_before_durable'],
  },
  { name: 'wrong rounding', seams: wrongRounding, kinds: ['replicas_differ', 'head_wrong'] },
  {
    name: 'hash ignored',
    seams: ignoredHash,
    kinds: ['replicas_differ', 'component_failed', 'corruption_unnoticed'],
  },
  {
    name: 'priority broken',
    seams: brokenPriority,
    kinds: ['replicas_differ', 'wrong_read', 'head_wrong'],
  },
  { name: 'stale read', seams: staleRead, kinds: ['stale_read'] },
  { name: 'refusal that lies', seams: lyingRefusal, kinds: ['refused_but_in_log'] },
  {
    name: 'history rewritten',
    seams: rewrittenHistory,
    kinds: ['history_rewritten'],
    // What a witness knows, and nobody else: this machine has no auditor who sees the disk.
    hears: ['history_rewritten'],
  },
  {
    name: 'head signed before durable',
    seams: hastyHead,
    kinds: ['head_before_durable'],
    hears: ['head_before_durable'],
  },
  {
    name: 'revoked key signs',
    seams: immortalKey,
    kinds: ['replicas_differ', 'wrong_read', 'head_wrong', 'component_failed'],
  },
  { name: 'no ticks', seams: noTicks, kinds: ['timer_late'], pace: 40 },
  { name: 'payment not kept', seams: forgetfulWorker, kinds: ['paid_twice'] },
  // Only who compares the history with the log sees this one, at the end of a run.
  { name: 'wrong history', seams: carelessHistory, kinds: ['history_differs'], minutes: 5 },
];
