// Who builds the trees of a publication: a thread of its own, so that the historian goes on meanwhile.

import { Worker } from 'node:worker_threads';
import { LiabilityFolder } from './liability-folder.ts';
import { buildLiabilities, type LiabilityJob } from './tree-file.ts';

export interface LiabilityThreadData extends LiabilityJob {
  readonly folder: string;
}

/** Builds the trees of a job, keeps them, and answers the lines to publish. */
export interface LiabilityBuild {
  readonly lines: Promise<readonly string[]>;
  /** Gives it up; `lines` then rejects. */
  abandon(): void;
}

/** Builds and keeps, here and now. */
export function buildHere({ folder, ...job }: LiabilityThreadData): readonly string[] {
  const { lines, pieces } = buildLiabilities(job);
  new LiabilityFolder(folder).keepTrees(job.sequence, pieces);
  return lines;
}

/** Builds in a thread that lives as long as that takes; the records go there and are gone here. */
export function buildInThread(data: LiabilityThreadData): LiabilityBuild {
  const file = new URL('../thread/liability-thread.ts', import.meta.url);
  const transferList = data.assets.map(({ records }) => records.buffer);
  const worker = new Worker(file, { name: 'liabilities', workerData: data, transferList });
  const { promise, resolve, reject } = Promise.withResolvers<readonly string[]>();
  worker.once('message', resolve);
  worker.once('error', reject);
  worker.once('exit', (code) => reject(new Error(`it ended with code ${code}`)));
  return { lines: promise, abandon: () => void worker.terminate() };
}
