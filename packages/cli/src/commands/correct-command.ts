// Corrections: what an entry did wrong is not undone but balanced, line by line, for everybody to see.

import { readFileSync } from 'node:fs';
import type { CommandParameters } from '@picostocks/client';
import { parseAmount, parseId } from '@picostocks/protocol';
import type { Command } from 'commander';
import type { Directory } from '../directory.ts';
import { UsageError } from '../failure.ts';
import type { Terminal } from '../output.ts';
import { Session, type SessionOptions } from '../session.ts';
import { actText } from './act.ts';
import { addLeaf, readId, withKey, withUrl } from './leaf.ts';

interface CorrectOptions extends SessionOptions {
  readonly lines?: string;
}

type Line = CommandParameters<'correct'>['lines'][number];

export function addCorrectCommand(operator: Command, terminal: Terminal): void {
  const correct = addLeaf(operator, {
    name: 'correct',
    summary: 'Correct what an entry of the log did to balances',
    example: 'operator correct 1207 "credited twice" debit:19:btc:0.5 credit:0:btc:0.5',
    details: `A line is credit or debit, a user, an asset and a quantity; user 0 is the outside world. Credits and
debits of each asset must be equal, and the money must be free. The correction names the entry that it
corrects; that entry stays in the log as it is.`,
  })
    .argument('<sequence>', 'the entry that is corrected')
    .argument('<reason>', 'why, for everybody to read')
    .argument('[lines...]', 'credit:USER:ASSET:QUANTITY or debit:USER:ASSET:QUANTITY, up to 100')
    .option('--lines <file>', 'a file with such lines, one each; - is the standard input');
  withKey(withUrl(correct, false), 'operator').action(
    async (sequence: string, reason: string, words: string[], options: CorrectOptions) => {
      const texts = [...words, ...(options.lines === undefined ? [] : readLines(options.lines))];
      if (texts.length === 0) throw new UsageError('give at least one line, or --lines FILE');
      const session = new Session(terminal, options, { owner: 'operator' });
      const lines: Line[] = [];
      for (const text of texts) lines.push(await readLine(text, session.directory));
      const params = { sequence: readId(sequence, 'sequence'), reason, lines };
      const reply = await session.send((client) => client.sendCommand('correct', params));
      session.output.reply(reply, () => actText(reply));
    },
  );
}

function readLines(file: string): string[] {
  try {
    const text = readFileSync(file === '-' ? 0 : file, 'utf8');
    return text.split('\n').filter((line) => line.trim() !== '');
  } catch (error) {
    throw new UsageError(`cannot read ${file} (${(error as NodeJS.ErrnoException).code})`);
  }
}

async function readLine(text: string, directory: Directory): Promise<Line> {
  const [direction, user = '', asset = '', quantity = '', ...rest] = text.trim().split(':');
  const user_id = parseId(user);
  const isWhole = rest.length === 0 && asset !== '' && parseAmount(quantity) !== undefined;
  if ((direction !== 'credit' && direction !== 'debit') || user_id === undefined || !isWhole) {
    throw new UsageError(`"${text}" is no line of a correction`, {
      hint: 'Write credit:USER:ASSET:QUANTITY or debit:USER:ASSET:QUANTITY, as debit:19:btc:0.5.',
    });
  }
  return { direction, user_id, stock_id: await directory.stockId(asset), quantity };
}
