import type { CommandParameters } from '@picostocks/client';
import type { OperatorType } from '@picostocks/protocol';
import type { Command } from 'commander';
import { UsageError } from '../failure.ts';
import type { Terminal } from '../output.ts';
import { Session, type SessionOptions } from '../session.ts';
import { type Act, actText, type Params } from './act.ts';
import { addCorrectCommand } from './correct-command.ts';
import { addFurtherKeyCommands } from './further-key-commands.ts';
import { addLeaf, withKey, withUrl } from './leaf.ts';
import { ACT_GROUPS } from './operator-acts.ts';
import { addOperatorLists } from './operator-lists.ts';
import { addParamOptions, readParams } from './param-options.ts';
import { addSignGenesis } from './sign-genesis.ts';
import { addSignRecovery } from './sign-recovery.ts';

export function addOperatorCommands(program: Command, terminal: Terminal): void {
  const operator = program
    .command('operator')
    .description('Acts of the operator, signed with his key: operator --help')
    .addHelpText(
      'after',
      '\nEvery act is a signed command in the exchange\'s log: "picostocks acts" lists them. The sandbox keeps\nits operator\'s key in its data folder: give it with --key data/operator.key.',
    );
  operator.commandsGroup('To begin:');
  addSignGenesis(operator, terminal);
  addSignRecovery(operator, terminal);
  addFurtherKeyCommands(operator, terminal, 'operator');
  for (const { title, acts } of ACT_GROUPS) {
    operator.commandsGroup(title);
    for (const act of acts) addAct(operator, terminal, act);
  }
  operator.commandsGroup('To look at:');
  addOperatorLists(operator, terminal);
  operator.commandsGroup('To mend:');
  addCorrectCommand(operator, terminal);
}

function addAct(operator: Command, terminal: Terminal, act: Act): void {
  const { name, type, summary, details } = act;
  const leaf = addLeaf(operator, {
    name,
    summary,
    example: `operator ${act.example}`,
    ...(details === undefined ? {} : { details }),
  });
  for (const argument of act.arguments) leaf.argument(`<${argument.name}>`, argument.help);
  const isOption = (param: string): boolean => isOptionOf(act, param);
  addParamOptions(leaf, { type, isOption });
  withKey(withUrl(leaf, false), 'operator').action(async () => {
    const options = leaf.opts<SessionOptions & Record<string, unknown>>();
    const session = new Session(terminal, options, { owner: 'operator' });
    const optional = readParams({ type, isOption }, options);
    refuseNothing(act, optional);
    const params: Params = { ...(await readArguments(act, leaf.args, session)), ...optional };
    const reply = await session.send((client) =>
      client.sendCommand(type, { ...params, ...act.params } as CommandParameters<OperatorType>),
    );
    session.output.reply(reply, () => actText(reply));
  });
}

/** A parameter is given once: as an argument, by the act itself, or as an option. */
function isOptionOf(act: Act, param: string): boolean {
  const { options, params = {} } = act;
  if (options !== undefined) return options.includes(param);
  return !(param in params) && act.arguments.every(({ name }) => name !== param);
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
