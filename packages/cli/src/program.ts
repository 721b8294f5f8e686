// The command line as a whole: which commands there are, and what becomes of their errors.

import { Command } from 'commander';
import manifest from '../package.json' with { type: 'json' };
import { addAccountCommands } from './commands/account-commands.ts';
import { addAuditCommand } from './commands/audit-command.ts';
import { addAuditProofCommand } from './commands/audit-proof-command.ts';
import { addAuditWatchCommand } from './commands/audit-watch-command.ts';
import { addBackupCommand } from './commands/backup-command.ts';
import { addExportCommand } from './commands/export-command.ts';
import { addFurtherKeyCommands } from './commands/further-key-commands.ts';
import { addInitCommand } from './commands/init-command.ts';
import { addKeyCommands } from './commands/key-commands.ts';
import { addMarketCommands } from './commands/market-commands.ts';
import { addMoneyCommands } from './commands/money-commands.ts';
import { addOpenOrderCommands } from './commands/open-order-commands.ts';
import { addOperatorCommands } from './commands/operator-commands.ts';
import { addOrderCommands } from './commands/order-commands.ts';
import { addRecoverCommand } from './commands/recover-command.ts';
import { addReplayCommand } from './commands/replay-command.ts';
import { addSandboxCommand } from './commands/sandbox-command.ts';
import { addServeCommand } from './commands/serve-command.ts';
import { addSnapshotCommand } from './commands/snapshot-command.ts';
import { EXIT_CODE_HELP, EXIT_CODES, type ExitCode } from './exit-code.ts';
import { describeFailure } from './failure.ts';
import { Output, type Terminal } from './output.ts';

const ABOUT = `The command line of a Picostocks exchange.

A market is written stock/unit: eth/btc trades eth, at prices in btc.
Amounts have at most 18 digits after the point, and are never rounded.
Every command has its own help with an example: picostocks bid --help
In a clone of the repository, "npm run -s picostocks --" is "picostocks".`;

const ENVIRONMENT_HELP = `Environment:
  PICOSTOCKS_URL          where the exchange is
  PICOSTOCKS_USER         which user you are
  PICOSTOCKS_KEY_ID       which of your keys signs, if it is not the one that you registered
  PICOSTOCKS_KEY_FILE     where your private key is; only you may be able to read it
  PICOSTOCKS_PRIVATE_KEY  the private key itself, 64 or 128 hexadecimal digits`;

/** Runs one command line, without the names of node and of the program. */
export async function run(words: readonly string[], terminal: Terminal): Promise<ExitCode> {
  // An error may come before the options are parsed, or because of them.
  const output = new Output(terminal, words.includes('--json'));
  try {
    await createProgram(terminal, output).parseAsync([...words], { from: 'user' });
    return EXIT_CODES.ok;
  } catch (error) {
    const { exitCode, reply, hint } = describeFailure(error);
    if (reply !== undefined) output.failure(reply, hint);
    return exitCode;
  }
}

function createProgram(terminal: Terminal, output: Output): Command {
  const program = new Command('picostocks')
    .description(ABOUT)
    .version(manifest.version, '-V, --version', 'show the version')
    .helpOption('-h, --help', 'show this help')
    .configureHelp({ subcommandTerm: commandTerm })
    .helpCommand('help [command]', 'show the help of a command')
    .showHelpAfterError('Help: picostocks --help')
    .addHelpText('after', `\n${EXIT_CODE_HELP}\n\n${ENVIRONMENT_HELP}`)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out(text),
      writeErr: (text) => {
        if (!output.isJson) terminal.error(text);
      },
      outputError: (text) =>
        output.failure({ detail: text.trim().replace(/^error: /, 'ERROR: '), code: 'usage' }),
    });
  program.commandsGroup('To begin:');
  addKeyCommands(program, terminal);
  program.commandsGroup('Markets:');
  addMarketCommands(program, terminal);
  program.commandsGroup('Trading:');
  addOrderCommands(program, terminal);
  addOpenOrderCommands(program, terminal);
  program.commandsGroup('Your account:');
  addAccountCommands(program, terminal);
  addMoneyCommands(program, terminal);
  addFurtherKeyCommands(program, terminal, 'trader');
  program.commandsGroup('Servers and operators:');
  addSandboxCommand(program, terminal);
  addServeCommand(program, terminal);
  addInitCommand(program, terminal);
  addBackupCommand(program, terminal);
  addRecoverCommand(program, terminal);
  addOperatorCommands(program, terminal);
  program.commandsGroup('The log:');
  addAuditCommand(program, terminal);
  addAuditWatchCommand(program, terminal);
  addAuditProofCommand(program, terminal);
  addReplayCommand(program, terminal);
  addExportCommand(program, terminal);
  addSnapshotCommand(program, terminal);
  return program;
}

/** Without the word [options], which all of them have. */
function commandTerm(command: Command): string {
  const words = command.registeredArguments.map((argument) => {
    const name = argument.name();
    return argument.required ? `<${name}>` : `[${name}]`;
  });
  return [command.name(), ...words].join(' ');
}
