// Further keys of a user, or of the operator: a bot's that cannot withdraw, a colleague's that can only list.

import { existsSync, renameSync } from 'node:fs';
import { generateKey, type NewKey, proveKey } from '@picostocks/client';
import { ROLES, type Role, SCOPES, type Scope } from '@picostocks/protocol';
import type { Command } from 'commander';
import { writeAccount } from '../account-file.ts';
import { UsageError } from '../failure.ts';
import { type KeyOwner, readKeyFile, writeKeyFile } from '../key-file.ts';
import type { Terminal } from '../output.ts';
import { Session, type SessionOptions } from '../session.ts';
import { renderFields } from '../table.ts';
import { keysTable } from './account-tables.ts';
import { addLeaf, readId, withKey, withUrl, withUser } from './leaf.ts';

/** What the keys of a trader and of the operator are called, and may do. */
const OWNERS = {
  trader: {
    group: 'Your keys, and what each may do: keys --help',
    prefix: '',
    option: '--scopes',
    names: SCOPES,
    example: 'trade',
  },
  operator: {
    group: "The operator's keys, and what each may do: operator keys --help",
    prefix: 'operator ',
    option: '--roles',
    names: ROLES,
    example: 'listing,compliance',
  },
} as const;

interface Group {
  readonly keys: Command;
  readonly terminal: Terminal;
  readonly owner: KeyOwner;
}

export function addFurtherKeyCommands(parent: Command, terminal: Terminal, owner: KeyOwner): void {
  const keys = parent.command('keys').description(OWNERS[owner].group);
  const group = { keys, terminal, owner };
  addList(group);
  addAdd(group);
  addRotate(group);
  addRevoke(group);
  addProve(group);
}

/** The options that say who acts. */
function withOwner(command: Command, { owner }: Group): Command {
  return withKey(owner === 'operator' ? withUrl(command, false) : withUser(command), owner);
}

function sessionOf({ terminal, owner }: Group, options: SessionOptions): Session {
  return new Session(terminal, options, { owner });
}

function addList(group: Group): void {
  const { prefix } = OWNERS[group.owner];
  const list = addLeaf(group.keys, {
    name: 'list',
    summary: 'List all keys, revoked ones too',
    example: `${prefix}keys list`,
  });
  withOwner(list, group).action(async (options: SessionOptions) => {
    const session = sessionOf(group, options);
    const userId = await session.userId();
    const reply = await session.read((reader) => reader.getKeys({ userId }));
    session.output.reply(reply, () => keysTable(reply));
  });
}

interface AddOptions extends SessionOptions {
  readonly scopes?: string;
  readonly roles?: string;
  readonly publicKey?: string;
  readonly proof?: string;
}

function addAdd(group: Group): void {
  const { prefix, option, names, example } = OWNERS[group.owner];
  const add = addLeaf(group.keys, {
    name: 'add',
    summary: 'Add a key that may do only what you name',
    example: `${prefix}keys add bot.key ${option} ${example}`,
    details: `The key file is made if it is not there; its number is stored beside it, so that commands with
--key FILE need not be told. For a key that is elsewhere, its owner proves it with "keys prove", and you
add it with --public-key and --proof.`,
  })
    .argument('[file]', 'the file of the new private key')
    .option(`${option} <names>`, `some of ${names.join(', ')}, with commas between; none: nothing`)
    .option('--public-key <hex>', 'the public key, where its private half is elsewhere')
    .option('--proof <hex>', 'what "keys prove" printed there');
  withOwner(add, group).action(async (file: string | undefined, options: AddOptions) => {
    const scopes = readScopes(group, options.scopes ?? options.roles ?? '');
    const session = sessionOf(group, options);
    const client = await session.client();
    const key = await newKey(file, options);
    const reply = await session.send(() => client.addKey({ ...key, scopes }));
    const { key_id } = reply.result;
    if (file !== undefined) await remember(session, { file, keyId: key_id });
    session.output.reply(reply, () =>
      renderFields({
        key: String(key_id),
        may: reply.result.scopes.join(', ') || 'nothing',
        'public key': reply.result.public_key,
        ...(file === undefined ? {} : { 'use it with': `--key ${file}` }),
      }),
    );
  });
}

function readScopes({ owner }: Group, text: string): (Scope | Role)[] {
  const { names, option } = OWNERS[owner];
  const known: readonly string[] = names;
  const scopes = text.split(',').filter((name) => name !== '');
  for (const scope of scopes) {
    if (known.includes(scope)) continue;
    throw new UsageError(`${option}: ${scope} is none of ${known.join(', ')}`);
  }
  return scopes as (Scope | Role)[];
}

async function newKey(
  file: string | undefined,
  { publicKey, proof }: { readonly publicKey?: string; readonly proof?: string },
): Promise<NewKey> {
  if (file !== undefined) {
    if (publicKey !== undefined || proof !== undefined) {
      throw new UsageError('give the new key as a file, or as --public-key and --proof');
    }
    return { privateKey: await readOrMakeKey(file) };
  }
  if (publicKey !== undefined && proof !== undefined) return { publicKey, proof };
  throw new UsageError('name the file of the new key, or give --public-key and --proof');
}

async function readOrMakeKey(file: string): Promise<string> {
  if (existsSync(file)) return readKeyFile(file);
  const { privateKey } = await generateKey();
  writeKeyFile(file, privateKey);
  return privateKey;
}

async function remember(
  session: Session,
  { file, keyId }: { readonly file: string; readonly keyId: number },
): Promise<void> {
  const { exchange } = await session.reader.getTime();
  const user_id = await session.userId();
  writeAccount(file, { user_id, url: session.url, exchange, key_id: keyId });
}

interface RotateOptions extends SessionOptions {
  readonly rotatedKeyId?: string;
}

function addRotate(group: Group): void {
  const { prefix } = OWNERS[group.owner];
  const rotate = addLeaf(group.keys, {
    name: 'rotate',
    summary: 'Replace a key by a new one with the same number, rights and nonces',
    example: `${prefix}keys rotate`,
    details: `Without a file the new key takes the place of the one that signs, in the same file; the old one is kept
beside it with the ending .old. If the answer is lost, the new one is in the file with the ending .new.`,
  })
    .argument('[file]', 'the file of the new private key; made if it is not there')
    .option('--rotated-key-id <n>', 'which key to replace (default: the one that signs)');
  withOwner(rotate, group).action(async (file: string | undefined, options: RotateOptions) => {
    const session = sessionOf(group, options);
    const client = await session.client();
    const { rotatedKeyId } = options;
    const rotated = rotatedKeyId === undefined ? client.keyId : readId(rotatedKeyId, 'key id');
    const path = file ?? `${ownFile(session, rotated)}.new`;
    const privateKey = await readOrMakeKey(path);
    const reply = await session.send(() => client.rotateKey({ privateKey, rotatedKeyId: rotated }));
    const kept = file ?? takePlace(ownFile(session, rotated));
    await remember(session, { file: kept, keyId: rotated });
    session.output.reply(reply, () =>
      renderFields({
        key: String(rotated),
        'public key': reply.result.public_key,
        'key file': kept,
      }),
    );
  });
}

/** The file of the key that signs, which alone can be replaced where it is. */
function ownFile({ keyPath, keyId }: Session, rotated: number): string {
  if (keyPath !== undefined && keyId === rotated) return keyPath;
  throw new UsageError('name the file of the new key: it cannot take the place of the old one');
}

/** The new key gets the old one's name, which is never without a key for longer than a rename. */
function takePlace(path: string): string {
  renameSync(path, freeName(`${path}.old`));
  renameSync(`${path}.new`, path);
  return path;
}

function freeName(path: string): string {
  let name = path;
  for (let count = 2; existsSync(name); count += 1) name = `${path}-${count}`;
  return name;
}

function addRevoke(group: Group): void {
  const { prefix } = OWNERS[group.owner];
  const revoke = addLeaf(group.keys, {
    name: 'revoke',
    summary: 'Take a key away for ever',
    example: `${prefix}keys revoke 1`,
  }).argument('<key>', 'its number');
  withOwner(revoke, group).action(async (text: string, options: SessionOptions) => {
    const revokedKeyId = readId(text, 'key');
    const session = sessionOf(group, options);
    const reply = await session.send((client) => client.revokeKey({ revokedKeyId }));
    session.output.reply(reply, () => `Key ${revokedKeyId} is revoked (nonce ${reply.nonce})`);
  });
}

interface ProveOptions extends SessionOptions {
  readonly exchange?: string;
}

function addProve({ keys, terminal, owner }: Group): void {
  const { prefix } = OWNERS[owner];
  const prove = addLeaf(keys, {
    name: 'prove',
    summary: 'Prove that you hold a key, so that somebody else can add it',
    example:
      owner === 'operator'
        ? `${prefix}keys prove colleague.key`
        : 'keys prove bot.key --user 19 --url http://127.0.0.1:8000',
    details:
      'Prints what "keys add" takes. The private key stays in its file, which is made if it is not there.',
  })
    .argument('<file>', 'the file of the private key')
    .option('--exchange <id>', 'the id of the exchange, where it cannot be asked');
  (owner === 'operator' ? withUrl(prove, false) : withUser(prove)).action(
    async (file: string, options: ProveOptions) => {
      const session = new Session(terminal, options, { owner });
      const exchange = options.exchange ?? (await session.reader.getTime()).exchange;
      const userId = await session.userId();
      const privateKey = await readOrMakeKey(file);
      const { publicKey, proof } = await proveKey({ exchange, userId, privateKey });
      const reply = { exchange, user_id: userId, public_key: publicKey, proof };
      session.output.reply(reply, () => `--public-key ${publicKey} --proof ${proof}`);
      session.output.note(`Once it is added, sign with --key ${file} --key-id N.`);
    },
  );
}
