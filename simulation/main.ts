// npm run simulate -- [--seed N] [--minutes M] [--runs R] [--pace P] [--trace]
//
// Runs the simulation and prints what happened; several runs take the seeds N, N + 1, … or N/1, N/2, ….
// Ends with 1 at the first violation, after saying how to see it again.

import { parseArgs } from 'node:util';
import { type SimulationReport, simulate } from './simulation.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: process.env['PICOSTOCKS_SEED'] ?? 'picostocks' },
    minutes: { type: 'string', default: '60' },
    runs: { type: 'string', default: '1' },
    pace: { type: 'string' },
    trace: { type: 'boolean', default: false },
  },
});

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function seedOf(run: number): string {
  if (run === 0) return values.seed;
  return /^[0-9]+$/.test(values.seed) ? `${Number(values.seed) + run}` : `${values.seed}/${run}`;
}

function tell(report: SimulationReport, seconds: number): void {
  const { seed, virtualMinutes, steps, entries, answers, acknowledged, digest } = report;
  const speed = (virtualMinutes * 60) / seconds;
  const hours = (virtualMinutes / 60).toFixed(2);
  say(
    `seed ${seed}, pace ${report.pace}: ${hours} h in ${seconds.toFixed(1)} s (${Math.round(speed)} times as fast as time)`,
  );
  say(`  ${steps} steps, ${entries} entries, ${answers} answers, ${acknowledged} acknowledgements`);
  say(`  ${report.counts.map(([name, count]) => `${name} ${count}`).join(' · ')}`);
  say(`  digest ${digest}`);
}

async function main(): Promise<boolean> {
  const minutes = Number(values.minutes);
  let hours = 0;
  for (let run = 0; run < Number(values.runs); run += 1) {
    const seed = seedOf(run);
    const begun = process.hrtime.bigint();
    const echo = values.trace ? { echo: say } : {};
    const pace = values.pace === undefined ? {} : { pace: Number(values.pace) };
    const report = await simulate({ seed, minutes, ...pace, ...echo });
    tell(report, Number(process.hrtime.bigint() - begun) / 1e9);
    hours += report.virtualMinutes / 60;
    const { violation, lastLines } = report;
    if (violation === undefined) continue;
    for (const line of lastLines) say(`    ${line}`);
    say(`VIOLATION ${violation.kind} at step ${violation.step}: ${violation.what}`);
    const same = values.pace === undefined ? '' : ` --pace ${values.pace}`;
    say(`again: npm run simulate -- --seed ${seed} --minutes ${minutes}${same}`);
    return false;
  }
  say(`${hours.toFixed(2)} simulated hours without a violation`);
  return true;
}

process.exitCode = (await main()) ? 0 : 1;
