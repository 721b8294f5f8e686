// The owner of an account as the keeper of its keys: adds further ones with what they may do, rotates them
// and takes them back, also while what they signed is on its way and is overtaken.

import type { Random } from '@picostocks/engine/testing';
import { SCOPES } from '@picostocks/protocol';
import type { Counts } from '../counts.ts';
import type { Client } from './client.ts';
import { HeldKey, Signer } from './signer.ts';

/** Further keys of an account that are in use at once. */
const FURTHER_KEYS_MAX = 2;

/** A program that acts with a further key. */
export interface Program {
  readonly client: Client;
  /** Signs much at once. */
  rush(): void;
}

export interface KeyKeeperFields {
  readonly owner: Program;
  readonly random: Random;
  readonly counts: Counts;
  /** A seed for every key. */
  readonly seed: string;
  /** Begins a program with a further key. */
  readonly begin: (keyId: number, held: HeldKey) => Program;
}

export class KeyKeeper {
  readonly #fields: KeyKeeperFields;
  #programs: Program[] = [];
  #keys = 0;

  constructor(fields: KeyKeeperFields) {
    this.#fields = fields;
  }

  async act(everyMicros: number, goesOn: () => boolean): Promise<void> {
    const { client } = this.#fields.owner;
    while (goesOn()) {
      await client.sleep(2 * everyMicros);
      if (goesOn()) await this.#actOnce();
    }
  }

  #actOnce(): Promise<void> {
    const { random, owner } = this.#fields;
    const program = random.pickAny(this.#programs);
    if (program === undefined || random.chance(20)) return this.#add();
    const choice = random.integer(100);
    if (choice < 30) return this.#rotate(owner);
    return choice < 70 ? this.#rotate(program) : this.#revoke(program);
  }

  async #add(): Promise<void> {
    if (this.#programs.length >= FURTHER_KEYS_MAX) return;
    const { owner, begin, random, counts } = this.#fields;
    const key = this.#newKey();
    // Mostly a bot's key, now and then one with any scopes.
    const scopes = random.chance(75) ? ['trade' as const] : SCOPES.filter(() => random.chance(50));
    const params = { ...owner.client.proofOf(key), scopes };
    const { outcome, result } = await owner.client.command('add_key', params);
    if (outcome?.kind !== 'applied') return;
    counts.add('keys added');
    this.#programs.push(begin(Number(result['key_id']), new HeldKey(key)));
  }

  /** By the owner or by the key itself; what it signed a moment ago may come too late. */
  async #rotate({ client, rush }: Program): Promise<void> {
    const { owner, random, counts } = this.#fields;
    const key = this.#newKey();
    rush();
    const by = random.chance(50) ? client : owner.client;
    const params = { rotated_key_id: client.keyId, ...client.proofOf(key) };
    const { outcome } = await by.command('rotate_key', params);
    if (outcome?.kind !== 'applied') return;
    counts.add('keys rotated');
    client.held.current = key;
    client.takeKey();
  }

  async #revoke(program: Program): Promise<void> {
    const { owner, random, counts } = this.#fields;
    const { client } = program;
    program.rush();
    const by = random.chance(20) ? client : owner.client;
    const { outcome } = await by.command('revoke_key', { revoked_key_id: client.keyId });
    if (outcome?.kind !== 'applied') return;
    counts.add('keys revoked');
    client.isRetired = true;
    this.#programs = this.#programs.filter((other) => other !== program);
  }

  #newKey(): Signer {
    this.#keys += 1;
    return new Signer(`${this.#fields.seed}/key ${this.#keys}`);
  }
}
