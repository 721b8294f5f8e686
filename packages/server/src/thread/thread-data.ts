// What the main thread gives each worker, and what they say to each other. Everything here crosses a
// thread by structured clone; entries cross as bytes.

import type { MessagePort } from 'node:worker_threads';
import type { Sequence, SignedHead } from '@picostocks/protocol';
import type { BlockDigest } from '../event-digest.ts';
import type { HistoryRead } from '../history/history-reader.ts';
import type { LogNews } from '../log/log-writer.ts';
import type { NodeOptions } from '../node/node-options.ts';
import type { TickRequest } from '../node/tick-watch.ts';

/** From a follower to the log thread. */
export type LogRequest =
  | { readonly kind: 'submit'; readonly bytes: Uint8Array }
  | { readonly kind: 'acknowledge'; readonly bytes: number }
  | { readonly kind: 'tick'; readonly request: TickRequest }
  | { readonly kind: 'digest'; readonly block: BlockDigest };

/** From the log thread to a follower. */
export type LogMessage =
  | LogNews
  | { readonly kind: 'refused'; readonly bytes: Uint8Array; readonly why: string };

/** From a node to the history reader, and back. */
export interface HistoryQuestion {
  readonly id: number;
  readonly read: HistoryRead;
  readonly by: Readonly<Record<string, unknown>>;
  /** The answer must not be older than this entry. */
  readonly atLeast: Sequence;
}
export type HistoryAnswer =
  | { readonly id: number; readonly found: unknown }
  | { readonly id: number; readonly refused: string };

export interface LogThreadData {
  readonly logPath: string;
  readonly marks: SharedArrayBuffer;
  readonly acceptTime: boolean;
  readonly segmentEntries: number;
  readonly followers: readonly MessagePort[];
}
export interface HistorianThreadData {
  readonly logPath: string;
  readonly historyPath: string;
  readonly snapshots: string;
  readonly snapshotAtStop: boolean;
  readonly headsPath: string;
  readonly headKeyPath: string;
  /** Between two heads; 0: only at the start, at the end and on demand. */
  readonly headEveryMs: number;
  readonly liabilitiesPath: string;
  readonly liabilitySecretPath: string;
  /** Between two publications of liabilities; 0: only on demand. */
  readonly liabilitiesEveryMs: number;
  readonly marks: SharedArrayBuffer;
  readonly log: MessagePort;
  readonly reader: MessagePort;
}
export interface ReaderThreadData {
  readonly liabilitiesPath: string;
  readonly logPath: string;
  readonly historyPath: string;
  readonly marks: SharedArrayBuffer;
  readonly historian: MessagePort;
  readonly nodes: readonly MessagePort[];
}
export interface NodeThreadData {
  readonly logPath: string;
  readonly snapshots: string;
  readonly marks: SharedArrayBuffer;
  readonly log: MessagePort;
  readonly history: MessagePort;
  readonly verifier: MessagePort;
  readonly options: NodeOptions;
}
export interface VerifierThreadData {
  readonly node: MessagePort;
}

/** From the main thread to a worker. */
export type Order = 'stop' | 'sign_head' | 'publish_liabilities';
/** From a worker to the main thread. */
export type Report =
  | { readonly kind: 'ready' }
  | { readonly kind: 'stopped' }
  /** Of the historian: the newest head, after it was told to sign one, with liabilities or not. */
  | { readonly kind: 'head'; readonly head: SignedHead | undefined };
