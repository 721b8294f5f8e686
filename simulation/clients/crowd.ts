// Everybody who signs: the operators, custody workers, and traders with the programs that act for them.

import { Random } from '@picostocks/engine/testing';
import type { Role } from '@picostocks/protocol';
import type { Counts } from '../counts.ts';
import type { Lifetime, VirtualTime } from '../time/virtual-time.ts';
import { Chain } from '../world/chain.ts';
import type { Seams } from '../world/seams.ts';
import { Client, type ClientParts } from './client.ts';
import { CustodyWorker } from './custody-worker.ts';
import { KeyKeeper, type Program } from './key-keeper.ts';
import { ASSETS, addRole, MARKETS, Operator, type Staff } from './operator.ts';
import { HeldKey, Signer } from './signer.ts';
import { Trader } from './trader.ts';

const SECOND = 1_000_000;
const MINUTE = 60 * SECOND;

/** How often each acts: bots every few seconds, people when they feel like it. */
const TRADERS: readonly { readonly name: string; readonly everyMicros: number }[] = [
  { name: 'bot 1', everyMicros: 5 * SECOND },
  { name: 'bot 2', everyMicros: 8 * SECOND },
  { name: 'person 1', everyMicros: 40 * SECOND },
  { name: 'person 2', everyMicros: 90 * SECOND },
  { name: 'rivals', everyMicros: 12 * SECOND },
];
const OPERATOR_MICROS = MINUTE;
const APPROVAL_MICROS = 40 * SECOND;
const CUSTODY_MICROS = 20 * SECOND;
const KEYS_MICROS = 2 * MINUTE;
const WORKERS = 2;

export interface CrowdFields {
  readonly seed: string;
  readonly pace: number;
  readonly time: VirtualTime;
  readonly lifetime: Lifetime;
  readonly counts: Counts;
  readonly seams: Seams;
  /** The operator's first key, that of genesis. */
  readonly operator: Signer;
  /** What a client with this name is made of. */
  readonly partsOf: (name: string) => ClientParts;
  /** What goes on beside everything else. */
  readonly begin: (activity: Promise<void>) => void;
}

export class Crowd {
  readonly #fields: CrowdFields;
  readonly chain: Chain;
  readonly clients: Client[] = [];
  readonly #users: number[] = [];
  readonly #workers: CustodyWorker[] = [];
  #operator: Operator | undefined;
  #finance: Client | undefined;
  #goesOn = true;

  constructor(fields: CrowdFields) {
    this.#fields = fields;
    const { time, lifetime } = fields;
    this.chain = new Chain({ time, lifetime, random: this.#random('chain') });
  }

  /** The operator sets up, the traders register, and all of them act until told to stop. */
  async live(): Promise<void> {
    const { pace, begin } = this.#fields;
    const goesOn = (): boolean => this.#goesOn;
    const root = this.#client('operator', { held: new HeldKey(this.#fields.operator), userId: 0 });
    const random = this.#random('operator');
    const operator = new Operator(root, { random, chain: this.chain });
    this.#operator = operator;
    await operator.setUp();
    const staff = await this.#hire(root);
    for (const { name, everyMicros } of TRADERS) {
      const client = this.#client(name, { held: new HeldKey(this.#signer(name)) });
      await client.register();
      await operator.endow(client.userId);
      this.#users.push(client.userId);
      if (this.#users.length === 1) await operator.payFeesTo(client.userId);
      this.#beginTrader(client, everyMicros);
    }
    begin(this.#restartClients());
    begin(operator.approve(APPROVAL_MICROS * pace, staff.finance, goesOn));
    await operator.act(OPERATOR_MICROS * pace, { staff, users: () => this.#users }, goesOn);
  }

  /** Nobody begins anything new. */
  stop(): void {
    this.#goesOn = false;
    this.chain.isLosing = false;
    for (const worker of this.#workers) worker.crashes = false;
  }

  /** Finishes what is under way with the chain: what waits for a decision gets one. */
  async finish(): Promise<void> {
    for (let round = 0; round < 4; round += 1) {
      if (this.#finance !== undefined) await this.#operator?.decide(this.#finance);
      for (const worker of this.#workers) await worker.work();
      await this.#fields.time.sleep(100 * SECOND, this.#fields.lifetime);
    }
  }

  async #hire(root: Client): Promise<Staff> {
    const { pace, begin, seams, counts } = this.#fields;
    const listing = await this.#employ(root, 'listing', 'listing');
    const finance = await this.#employ(root, 'finance', 'finance');
    const compliance = await this.#employ(root, 'compliance', 'compliance');
    this.#finance = finance;
    for (let index = 1; index <= WORKERS; index += 1) {
      const name = `worker ${index}`;
      const client = await this.#employ(root, name, 'custody');
      const random = this.#random(name);
      const { chain } = this;
      const disk = seams.workerDisk();
      const worker = new CustodyWorker({ client, chain, random, counts, disk });
      this.#workers.push(worker);
      begin(worker.act(CUSTODY_MICROS * pace, () => this.#goesOn));
    }
    return { listing, finance, compliance };
  }

  async #employ(root: Client, name: string, role: Role): Promise<Client> {
    const held = new HeldKey(this.#signer(name));
    return this.#client(name, { held, keyId: await addRole(root, held, role), userId: 0 });
  }

  #beginTrader(client: Client, everyMicros: number): void {
    const { pace, counts, seed, begin } = this.#fields;
    const { name, held, userId } = client;
    const owner = this.#beginProgram(client, everyMicros);
    if (name === 'rivals') {
      // A second program with the same key: the two race for every nonce.
      this.#beginProgram(this.#client('rival', { held, userId }), everyMicros);
    }
    const keeper = new KeyKeeper({
      owner,
      random: this.#random(`keys of ${name}`),
      counts,
      seed: `${seed}/${name}`,
      begin: (keyId, further) => {
        const fields = { held: further, keyId, userId };
        return this.#beginProgram(this.#client(`${name} key ${keyId}`, fields), everyMicros);
      },
    });
    begin(keeper.act(KEYS_MICROS * pace, () => this.#goesOn));
  }

  #beginProgram(client: Client, everyMicros: number): Program {
    const { pace, begin } = this.#fields;
    const trader = new Trader(client, {
      random: this.#random(`trader ${client.name}`),
      markets: MARKETS,
      assets: ASSETS,
      users: () => this.#users,
      chain: this.chain,
    });
    begin(trader.act(everyMicros * pace, () => this.#goesOn));
    return { client, rush: () => trader.rush() };
  }

  /** Now and then a client's program begins anew, with commands still under way. */
  async #restartClients(): Promise<void> {
    const random = this.#random('client restarts');
    while (this.#goesOn) {
      await this.#fields.time.sleep(1 + random.integer(20 * MINUTE), this.#fields.lifetime);
      const client = random.pickAny(this.clients.slice(1));
      if (client === undefined || !this.#goesOn) continue;
      this.#fields.counts.add('fault client_restart');
      client.use(client.userId);
    }
  }

  #client(name: string, fields: { held: HeldKey; keyId?: number; userId?: number }): Client {
    const client = new Client(name, { ...fields, parts: this.#fields.partsOf(name) });
    this.clients.push(client);
    return client;
  }

  #signer(name: string): Signer {
    return new Signer(`${this.#fields.seed}/${name}`);
  }

  #random(name: string): Random {
    return new Random(`${this.#fields.seed}/${name}`);
  }
}
