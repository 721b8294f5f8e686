import type { Command } from 'commander';
import { Output, type Terminal } from '../output.ts';
import { publishOnSignal } from '../publish-signal.ts';
import { runUntilStopped } from '../stop-signal.ts';
import { addLeaf, readNodes, readPort, withJson } from './leaf.ts';

interface SandboxCommandOptions {
  readonly json?: boolean;
  readonly data: string;
  readonly host: string;
  readonly port: number;
  readonly nodes?: number;
  readonly traders: boolean;
}

export function addSandboxCommand(program: Command, terminal: Terminal): void {
  const sandbox = addLeaf(program, {
    name: 'sandbox',
    summary: 'Run an exchange of play money to try everything on; "npm start" is this',
    example: 'sandbox --port 8000 --data ./data',
    details:
      "On an empty folder it makes an exchange with four assets and markets, open to everyone; a new\nuser gets 10000 of each. The operator's key is in the data folder, so it is for play only.",
  });
  withServerOptions(sandbox)
    .option('--no-traders', 'run no simulated traders')
    .action(async (options: SandboxCommandOptions) => {
      // Loaded here, so that no trader's command waits for the server's code.
      const { Sandbox } = await import('../sandbox/sandbox.ts');
      const { welcome } = await import('../sandbox/welcome.ts');
      const output = new Output(terminal, options.json ?? false);
      const publishFor = publishOnSignal(output);
      const hasTraders = options.traders;
      await runUntilStopped(async () => {
        const log = (line: string): void => output.log(line);
        const running = await Sandbox.start({ ...options, hasTraders, log });
        publishFor(running);
        const { url, nodes, folder } = running;
        output.reply({ url, data: folder.path, nodes, traders: hasTraders }, () =>
          welcome(running, { hasTraders }),
        );
        return running;
      });
    });
}

export function withServerOptions(command: Command): Command {
  return withJson(command)
    .option('--port <n>', 'where to listen; 0: any free port', readPort, 8_000)
    .option('--host <address>', 'which address to listen on', '127.0.0.1')
    .option('--data <folder>', 'where the data is', './data')
    .option('--nodes <n>', 'threads that serve (default: one per core, at most 4)', readNodes);
}
