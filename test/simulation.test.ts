// The simulation, short: no violation, the same run for the same seed, and every canary caught.
//
// PICOSTOCKS_SEED chooses the run, as `npm run simulate -- --seed` does. The canaries keep their own seed:
// what they prove is that the auditor is awake, and that must not depend on luck.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CANARIES, CANARY_STEPS_MAX } from '../simulation/canary/canaries.ts';
import { simulate } from '../simulation/simulation.ts';

const seed = process.env['PICOSTOCKS_SEED'] ?? 'picostocks';
const MINUTES = 12;
/** What a run has to have done, or it proves nothing about it. */
const DONE = [
  'heads signed',
  'heads taken',
  'heads compared',
  'commands proved',
  'keys rotated',
  'keys revoked',
  'did tick',
  'did batch',
  'did amend_order',
  'cancelled expired',
  'switch set',
  'deposit done',
  'withdrawal done',
  'fault worker_crash',
];

test('simulation: nothing acknowledged is lost, whatever breaks', async (context) => {
  context.diagnostic(`PICOSTOCKS_SEED=${seed}`);
  const report = await simulate({ seed, minutes: MINUTES, pace: 1 });
  const again = `npm run simulate -- --seed ${seed} --minutes ${MINUTES} --pace 1`;
  assert.equal(report.violation, undefined, again);
  assert(report.acknowledged > 0, 'commands were acknowledged');
  const counts = new Map(report.counts);
  // Another seed may have less luck.
  for (const what of seed === 'picostocks' ? DONE : DONE.slice(0, 4)) {
    assert((counts.get(what) ?? 0) > 0, what);
  }
  const faults = report.counts.filter(([name]) => name.startsWith('fault '));
  assert(faults.length > 5, 'much went wrong');
  context.diagnostic(`${report.steps} steps, ${report.acknowledged} acknowledgements`);
});

test('simulation: a seed is a run', async () => {
  const [first, second, other] = [
    await simulate({ seed, minutes: 3, pace: 1 }),
    await simulate({ seed, minutes: 3, pace: 1 }),
    await simulate({ seed: `${seed}/other`, minutes: 3, pace: 1 }),
  ];
  assert.equal(first.digest, second.digest);
  assert.deepEqual(first.counts, second.counts);
  assert.notEqual(first.digest, other.digest);
});

for (const { name, seams, kinds, hears, minutes = 60, pace = 1 } of CANARIES) {
  test(`simulation: the auditor notices: ${name}`, async (context) => {
    const heard = hears === undefined ? {} : { hears };
    const options = { seed: 'canary', minutes, pace, seams, stepsMax: CANARY_STEPS_MAX };
    const { violation, steps } = await simulate({ ...options, ...heard });
    assert(violation !== undefined, `${name} lived for ${steps} steps`);
    assert(kinds.includes(violation.kind), `${violation.kind}: ${violation.what}`);
    context.diagnostic(`${violation.kind} at step ${violation.step}`);
  });
}
