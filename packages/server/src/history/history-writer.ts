// Writes the history, in the order of the log and each entry once: the `applied` row moves in the same
// transaction as the rows, and only if it still is where this writer left it, so a second historian on
// the same file is harmless.

import type { DatabaseSync } from 'node:sqlite';
import {
  type Command,
  decodeUtf8,
  type Entry,
  type Envelope,
  type Event,
  isOperatorType,
  OPERATOR_USER_ID,
  type Sequence,
  type SignedCommand,
} from '@picostocks/protocol';
import { ExchangeError } from '../exchange-error.ts';
import { ownEvents } from '../own-events.ts';
import { type Outcome, type Reply, replyTo } from '../reply.ts';
import { sha256 } from '../sha256.ts';
import { EventTables } from './event-tables.ts';
import { HeadTable } from './head-table.ts';
import { openHistoryWriter, signatureStart } from './history-schema.ts';
import { TileTree } from './tile-tree.ts';
import { hashLeaf } from './tree-hash.ts';

/** What a replica did with an entry; genesis and ticks carry no command. */
export interface Applied {
  readonly entry: Entry;
  readonly events: readonly Event[];
  readonly command: Command | undefined;
}

export class HistoryWriter {
  /** Over the entries that are written. */
  get tree(): TileTree {
    return this.#tree;
  }
  readonly heads: HeadTable;
  #tree: TileTree;
  readonly #database: DatabaseSync;
  readonly #statements: ReturnType<typeof prepareAll>;
  readonly #events: EventTables;
  #applied: { sequence: Sequence; hash: Uint8Array };
  #last: { sequence: Sequence; hash: Uint8Array };

  constructor(path: string) {
    this.#database = openHistoryWriter(path);
    this.#statements = prepareAll(this.#database);
    this.#events = new EventTables(this.#database);
    const row = this.#database.prepare('SELECT sequence, hash FROM applied').get();
    this.#applied = row as unknown as { sequence: Sequence; hash: Uint8Array };
    this.#last = this.#applied;
    this.heads = new HeadTable(this.#database);
    this.#tree = new TileTree(this.#database);
    this.#refuseOtherTree(path);
  }

  /** How far the history has come, durably enough to be refilled from the log. */
  get applied(): { readonly sequence: Sequence; readonly hash: Uint8Array } {
    return this.#applied;
  }

  begin(): void {
    this.#database.exec('BEGIN IMMEDIATE');
  }

  /** Writes what an entry did; entries that the history has are passed over. */
  write({ entry, events, command }: Applied): void {
    if (entry.sequence <= this.#last.sequence) return;
    if (command !== undefined) this.#writeCommand({ entry, events, command });
    for (const event of events) this.#events.write(entry, event);
    this.tree.append(hashLeaf(entry));
    this.#last = { sequence: entry.sequence, hash: entry.hash };
  }

  commit(): void {
    this.#events.flush();
    this.tree.flush();
    const { sequence, hash } = this.#last;
    const moved = this.#statements.applied.run(
      sequence,
      hash,
      this.#applied.sequence,
      this.#applied.hash,
    );
    if (moved.changes !== 1) {
      throw new ExchangeError({
        code: 'history_foreign',
        message: 'another historian has written this history',
      });
    }
    this.#database.exec('COMMIT');
    this.#applied = this.#last;
  }

  /** After a failure: everything is as it was after the last commit. */
  rollBack(): void {
    if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
    this.#events.clear();
    this.#last = this.#applied;
    this.#tree = new TileTree(this.#database);
  }

  close(): void {
    this.#database.close();
  }

  /** They are written in the same transactions, so only a damaged file can tell them apart. */
  #refuseOtherTree(path: string): void {
    if (this.tree.size === this.#applied.sequence) return;
    throw new ExchangeError({
      code: 'history_foreign',
      message: `${path} has ${this.#applied.sequence} entries and a tree of ${this.tree.size}: delete it and it is made again from the log`,
    });
  }

  #writeCommand({ entry, events, command }: Outcome): void {
    if (command.type === 'register') return;
    const reply = replyTo({ entry, command, events });
    if (reply === undefined) return;
    this.#writeResult(entry, command, reply);
    if (isAct(command)) this.#writeAct(entry, events);
  }

  #writeResult(entry: Entry, command: SignedCommand, reply: Reply): void {
    this.#statements.result.run(
      entry.sequence,
      entry.time,
      command.userId,
      command.keyId,
      command.nonce,
      entry.signature,
      signatureStart(entry.signature),
      sha256(entry.message),
      reply.status,
      reply.body,
    );
  }

  /** An act is kept as it was signed, so that what is shown is what the operator said. */
  #writeAct({ sequence, time, message }: Entry, events: readonly Event[]): void {
    const { key_id, type, params } = JSON.parse(decodeUtf8(message) ?? '') as Envelope;
    const [first] = ownEvents(events);
    const code = first?.kind === 'command_rejected' ? first.reason : null;
    this.#statements.act.run(sequence, time, key_id, type, JSON.stringify(params), code);
  }
}

/** What an operator did as an operator. A stranger who tried is only in his own results. */
function isAct(command: SignedCommand): boolean {
  if (command.userId !== OPERATOR_USER_ID || !('exchange' in command)) return false;
  const { type } = command;
  return (
    isOperatorType(type) || type === 'add_key' || type === 'rotate_key' || type === 'revoke_key'
  );
}

function prepareAll(database: DatabaseSync) {
  return {
    applied: database.prepare(
      'UPDATE applied SET sequence = ?, hash = ? WHERE sequence = ? AND hash = ?',
    ),
    result: database.prepare(`INSERT INTO result VALUES (${Array(10).fill('?').join(', ')})`),
    act: database.prepare('INSERT INTO act VALUES (?, ?, ?, ?, ?, ?)'),
  };
}
