import type { CommandParameters } from '@picostocks/client';
import type { CommandReply, EnvelopeType } from '@picostocks/protocol';
import type { Command } from 'commander';
import { UsageError } from '../failure.ts';
import type { Terminal } from '../output.ts';
import { Session, type SessionOptions } from '../session.ts';
import { addLeaf, withKey, withUrl } from './leaf.ts';
import { ACTS, type Act, type Params } from './operator-acts.ts';
import { addParamOptions, readParams } from './param-options.ts';
import { addSignGenesis } from './sign-genesis.ts';
import { addSignRecovery } from './sign-recovery.ts';

export function addOperatorCommands(program: Command, terminal: Terminal): void {
  const operator = program
    .command('operator')
    .description('Acts of the operator, signed with his key: operator --help')
    .addHelpText(
      'after',
      "\nEvery act is a signed command in the exchange's log. The sandbox keeps its operator's key in\nits data folder: give it with --key data/operator.key.",
    );
  addSignGenesis(operator, terminal);
  addSignRecovery(operator, terminal);
  for (const act of ACTS) addAct(operator, terminal, act);
}

function addAct(operator: Command, terminal: Terminal, act: Act): void {
  const { name, type, summary } = act;
  const leaf = addLeaf(operator, { name, summary, example: `operator ${act.example}` });
  for (const argument of act.arguments) leaf.argument(`<${argument.name}>`, argument.help);
  // `halt` and `resume` are one parameter of their type; the others are for `change-market`.
  const hasOptions = act.params === undefined;
  if (hasOptions) addParamOptions(leaf, type);
  withKey(withUrl(leaf, false), 'operator').action(async () => {
    const options = leaf.opts<SessionOptions & Record<string, unknown>>();
    const session = new Session(terminal, options, { owner: 'operator' });
    const optional = hasOptions ? readParams(type, options) : {};
    refuseNothing(act, optional);
    const params: Params = { ...(await readArguments(act, leaf.args, session)), ...optional };
    const reply = await session.send((client) =>
      client.sendCommand(type, { ...params, ...act.params } as CommandParameters<EnvelopeType>),
    );
    session.output.reply(reply, () => actText(reply));
  });
}

async function readArguments(
  act: Act,
  texts: readonly string[],
  session: Session,
): Promise<Params> {
  let params: Params = {};
  for (const [index, argument] of act.arguments.entries()) {
    params = { ...params, ...(await argument.read(texts[index] ?? '', session)) };
  }
  return params;
}

/** A change of nothing would be applied and logged like any other. */
function refuseNothing({ name, type }: Act, optional: Params): void {
  const isChange = name === 'change-asset' || name === 'change-market' || name === 'settings';
  if (!isChange || Object.keys(optional).length > 0) return;
  throw new UsageError(`nothing to change: give at least one option of ${type}`, {
    hint: `Help: picostocks operator ${name} --help`,
  });
}

function actText({ type, sequence, result }: CommandReply): string {
  const made = Object.entries(result).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
  return [`${type} is entry ${sequence} of the log`, ...made].join('; ');
}
