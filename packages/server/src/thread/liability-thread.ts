// Builds the trees of one publication of liabilities, and ends.

import { parentPort } from 'node:worker_threads';
import { buildHere, type LiabilityThreadData } from '../liabilities/liability-build.ts';
import { dataOfThread } from './worker.ts';

parentPort?.postMessage(buildHere(dataOfThread<LiabilityThreadData>()));
