// Makes a backup in a process of its own. With a third argument it stops there for ever, so that a test
// can kill it: it prints the name of each step, and does not outlive its parent.

import { DataFolder } from '../src/index.ts';
import { backupSteps } from '../src/recovery/backup.ts';

const [path = '', target = '', stopAfter] = process.argv.slice(2);
const steps = backupSteps({ folder: new DataFolder(path), target });
for (;;) {
  const { done, value } = steps.next();
  if (done === true) {
    process.stdout.write(`${JSON.stringify(value)}\n`);
    break;
  }
  if (value !== stopAfter) continue;
  process.stdout.write(`${value}\n`);
  process.stdin.resume().on('end', () => process.exit(1));
  break;
}
