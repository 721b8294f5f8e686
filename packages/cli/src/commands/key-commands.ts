import { generateKey, PicostocksClient, publicKeyOf } from '@picostocks/client';
import type { Command } from 'commander';
import { accountPath, writeAccount } from '../account-file.ts';
import { defaultKeyPath, isSet, type KeyOptions, writeKeyFile } from '../key-file.ts';
import { Output, type Terminal } from '../output.ts';
import { resolveUnknown, Session, type SessionOptions } from '../session.ts';
import { renderFields } from '../table.ts';
import { addLeaf, withJson, withKey, withUrl, withUser } from './leaf.ts';

export function addKeyCommands(program: Command, terminal: Terminal): void {
  const keygen = addLeaf(program, {
    name: 'keygen',
    summary: 'Make a key and print its public half',
    example: 'keygen',
    details:
      'The private half goes to a file that only you can read, and nowhere else: keep a copy,\nnobody can restore it. A file that exists is never overwritten.',
  });
  withJson(keygen)
    .option('--key <file>', 'where to write (default: PICOSTOCKS_KEY_FILE, ~/.picostocks/key)')
    .action((options: KeyOptions & SessionOptions) => generate(terminal, options));

  const register = addLeaf(program, {
    name: 'register',
    summary: 'Become a user: register the public key',
    example: 'register --url http://127.0.0.1:8000',
    details:
      'The user id and the address are stored beside the key file, so that no later command needs\nthem. A key that is registered already gets its user again.',
  });
  withKey(withUrl(register, false)).action((options: SessionOptions) =>
    registerKey(terminal, options),
  );

  const whoami = addLeaf(program, {
    name: 'whoami',
    summary: 'Show the key, the user and the exchange that commands would use',
    example: 'whoami',
  });
  withKey(withUser(whoami)).action((options: SessionOptions) => tellWho(terminal, options));
}

async function generate(terminal: Terminal, options: KeyOptions & SessionOptions): Promise<void> {
  const { environment } = terminal;
  const file = environment['PICOSTOCKS_KEY_FILE'];
  const fallback = isSet(file) ? file : defaultKeyPath(environment, 'trader');
  const path = options.key ?? fallback;
  const { privateKey, publicKey } = await generateKey();
  writeKeyFile(path, privateKey);
  const reply = { public_key: publicKey, key_file: path };
  new Output(terminal, options.json ?? false).reply(reply, () =>
    renderFields({ 'public key': publicKey, 'key file': path }),
  );
}

async function registerKey(terminal: Terminal, options: SessionOptions): Promise<void> {
  const session = new Session(terminal, options, { isNew: true });
  const { url, privateKey, keyPath, output } = session;
  const { exchange } = await session.reader.getTime();
  const reply = await PicostocksClient.register({ baseUrl: url, privateKey }).catch(
    async (error) => (await resolveUnknown(error)) as { user_id: number; nonce: number },
  );
  const { user_id } = reply;
  if (keyPath !== undefined) writeAccount(keyPath, { user_id, url, exchange });
  output.reply(reply, () =>
    renderFields({
      user: String(user_id),
      exchange: url,
      ...(keyPath === undefined ? {} : { 'stored in': accountPath(keyPath) }),
    }),
  );
  if (keyPath === undefined) output.note(`Say who you are from now on: PICOSTOCKS_USER=${user_id}`);
}

async function tellWho(terminal: Terminal, options: SessionOptions): Promise<void> {
  const session = new Session(terminal, options);
  const { url, privateKey, keyPath, output } = session;
  const publicKey = await publicKeyOf(privateKey);
  const userId = session.hasUser ? await session.userId() : null;
  const reply = { user_id: userId, public_key: publicKey, key_file: keyPath ?? null, url };
  output.reply(reply, () =>
    renderFields({
      user: userId === null ? 'none yet: picostocks register' : String(userId),
      exchange: url,
      'public key': publicKey,
      'key file': keyPath ?? 'PICOSTOCKS_PRIVATE_KEY',
    }),
  );
}
