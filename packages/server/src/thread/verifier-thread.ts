// The verifier of one node: whether signatures are right, and nothing else.

import { verifyAll } from '../node/verifier.ts';
import type { VerifierThreadData } from './thread-data.ts';
import { dataOfThread, reportReady } from './worker.ts';

const { node } = dataOfThread<VerifierThreadData>();

node.on('message', (proposals: Uint8Array) => {
  const verdicts = verifyAll(proposals);
  node.postMessage(verdicts, [verdicts.buffer]);
});

reportReady(() => undefined);
