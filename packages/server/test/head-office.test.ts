// Which head is signed when: entries come while the trees of a publication are being built, the build fails,
// or the exchange stops in the middle. The test decides when a build ends; all else is real.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { RealEngine } from '@picostocks/engine';
import {
  decodeHead,
  decodeHeadLine,
  type Entry,
  hashLiabilityLines,
  type LogHead,
  type SignedHead,
  ZERO_HASH,
} from '@picostocks/protocol';
import { HeadFile } from '../src/heads/head-file.ts';
import { HeadKey } from '../src/heads/head-key.ts';
import { HeadOffice } from '../src/heads/head-office.ts';
import { HeadSchedule } from '../src/heads/head-schedule.ts';
import { HeadSigner } from '../src/heads/head-signer.ts';
import { HeadTable } from '../src/history/head-table.ts';
import { Historian } from '../src/history/historian.ts';
import { HistoryWriter } from '../src/history/history-writer.ts';
import { buildHere, type LiabilityThreadData } from '../src/liabilities/liability-build.ts';
import { LiabilityFolder } from '../src/liabilities/liability-folder.ts';
import { LiabilityPublisher } from '../src/liabilities/liability-publisher.ts';
import { encodeBatch } from '../src/log/batch.ts';
import { SqliteLog } from '../src/log/sqlite-log.ts';
import type { Scheduler } from '../src/scheduler.ts';
import { EntryMaker, TIME } from './entries.ts';
import { HandClock } from './hand-clock.ts';
import { temporaryFolder } from './kit.ts';

interface Build {
  readonly data: LiabilityThreadData;
  isAbandoned: boolean;
  /** Builds for real. */
  finish(): void;
  fail(): void;
}

class Office implements Disposable {
  readonly #temporary = temporaryFolder();
  readonly folder = this.#temporary.folder;
  readonly office: HeadOffice;
  readonly historian: Historian;
  readonly history: HistoryWriter;
  readonly builds: Build[] = [];
  /** Resolve when a build begins, the first and the second. */
  readonly begun: readonly Promise<void>[];
  readonly #begin: (() => void)[];
  readonly warnings: string[] = [];
  readonly liabilities = new LiabilityFolder(this.folder.liabilities);
  readonly #maker = new EntryMaker().furnish();
  readonly #anna = this.#maker.register();
  readonly #log: SqliteLog;
  readonly #key = new HeadKey(randomBytes(32));
  #written: Entry[] = [];

  constructor() {
    const begins = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    this.begun = begins.map(({ promise }) => promise);
    this.#begin = begins.map(({ resolve }) => resolve);
    this.folder.create();
    this.#log = SqliteLog.openWriter(this.folder.logFolder);
    this.#append();
    const warn = (message: string): void => void this.warnings.push(message);
    this.history = new HistoryWriter(this.folder.history);
    const { history } = this;
    const log = SqliteLog.openReader(this.folder.logFolder);
    const pace = { scheduler: new HandClock(), isAwaited: () => false };
    this.historian = new Historian({ log, history, onApplied: () => undefined, pace });
    this.historian.catchUp();
    const signer = this.newSigner();
    const publisher = new LiabilityPublisher({
      folder: this.liabilities,
      secretPath: this.folder.liabilitySecret,
      build: (data) => this.#build(data),
    });
    this.office = new HeadOffice({ historian: this.historian, signer, publisher, warn });
  }

  newSigner(): HeadSigner {
    return new HeadSigner({
      file: new HeadFile(this.folder.heads),
      key: this.#key,
      table: this.history.heads,
      now: () => TIME,
      warn: (message) => void this.warnings.push(message),
    });
  }

  get sequence(): number {
    return this.historian.state.sequence;
  }

  /** The log and the historian go on by some entries. */
  grow(): void {
    for (const price of ['3', '4', '5']) {
      this.#maker.order('ASK', this.#anna, { quantity: '1', price });
    }
    this.#maker.register();
    this.#append();
    this.historian.catchUp();
  }

  /** The log goes on by one entry, of which the historian hears; it is not time to commit. */
  hear(): void {
    this.#maker.register();
    const bytes = encodeBatch(this.#append());
    this.historian.take({ kind: 'batch', bytes, last: this.#written.length });
  }

  /** What others can read of the heads. */
  get shown(): SignedHead[] {
    const database = new DatabaseSync(this.folder.history, { readOnly: true });
    const { newest } = new HeadTable(database);
    database.close();
    return newest === undefined ? [] : [newest];
  }

  /** The state after an entry, from the log alone. */
  stateHashAt(sequence: number): string {
    const engine = new RealEngine();
    for (const entry of this.#written.slice(0, sequence)) engine.apply(entry);
    return engine.hash();
  }

  get signed(): LogHead[] {
    const lines = readFileSync(this.folder.heads, 'utf8').split('\n').slice(0, -1);
    return lines.map((line) => decodeHeadLine(line)?.head ?? assert.fail());
  }

  #append(): Entry[] {
    const fresh = this.#maker.entries.slice(this.#written.length);
    this.#log.append(this.#log.head(), fresh);
    this.#written = [...this.#maker.entries];
    return fresh;
  }

  #build(data: LiabilityThreadData) {
    const { promise, resolve, reject } = Promise.withResolvers<readonly string[]>();
    const build: Build = {
      data,
      isAbandoned: false,
      finish: () => resolve(buildHere(data)),
      fail: () => reject(new Error('no memory')),
    };
    this.#begin[this.builds.push(build) - 1]?.();
    const abandon = (): void => {
      build.isAbandoned = true;
      reject(new Error('given up'));
    };
    return { lines: promise, abandon };
  }

  [Symbol.dispose](): void {
    this.historian.close();
    this.#log.close();
    this.#temporary[Symbol.dispose]();
  }
}

function headOfSigned(signed: SignedHead | undefined): LogHead {
  return decodeHead(signed?.text ?? '') ?? assert.fail('a head was signed');
}

test('entries that come while trees are built: their head waits, and each says its own state', async () => {
  using run = new Office();
  const { office } = run;
  const at = run.sequence;
  const published = office.publish();
  run.grow();
  office.sign();
  assert.deepEqual(run.signed, [], 'no head of more entries comes before');
  const onDemand = office.signNow();
  run.builds[0]?.finish();
  const head = headOfSigned(await published);
  assert.equal(head.sequence, at);
  assert.equal(head.stateHash, run.stateHashAt(at));
  assert.equal(head.liabilitiesRoot, hashLiabilityLines(run.liabilities.lines(at) ?? []));
  const later = headOfSigned(await onDemand);
  assert.equal(later.sequence, run.sequence);
  assert.equal(later.stateHash, run.stateHashAt(run.sequence));
  assert.equal(later.liabilitiesRoot, ZERO_HASH);
  assert.deepEqual(run.signed, [head, later]);
  office.stop();
});

test('a head with liabilities is shown at once, whatever rows of later entries wait for their commit', async () => {
  using run = new Office();
  const { office, sequence } = run;
  const published = office.publish();
  run.hear();
  assert.equal(run.sequence, sequence + 1);
  assert.equal(run.history.applied.sequence, sequence, 'its rows wait');
  run.builds[0]?.finish();
  const head = await published;
  assert.deepEqual(
    run.shown.map(({ text }) => text),
    [head?.text],
  );
  office.stop();
});

test('one build at a time, and the next on demand is of all that is there', async () => {
  using run = new Office();
  const { office } = run;
  const first = office.publish();
  assert.equal(office.publish(), first);
  run.grow();
  const second = office.publishNow();
  assert.equal(run.builds.length, 1);
  run.builds[0]?.finish();
  await first;
  await run.begun[1];
  run.builds[1]?.finish();
  assert.equal(headOfSigned(await second).sequence, run.sequence);
  assert.equal(headOfSigned(await office.publish()).sequence, run.sequence);
  assert.equal(run.builds.length, 2, 'nothing new is not published again');
  office.stop();
});

test('a build that fails: a plain head, a line that says why, and another try', async () => {
  using run = new Office();
  const { office } = run;
  const failed = office.publish();
  run.builds[0]?.fail();
  const plain = headOfSigned(await failed);
  assert.equal(plain.liabilitiesRoot, ZERO_HASH);
  assert.match(run.warnings.join(), /could not be published: no memory/);
  assert.equal(run.liabilities.lines(run.sequence), undefined);
  const again = office.publish();
  run.builds[1]?.finish();
  const head = headOfSigned(await again);
  assert.equal(head.sequence, plain.sequence);
  assert.notEqual(head.liabilitiesRoot, ZERO_HASH);
  office.stop();
});

test('a stop gives up what is being built, and signs the last entry at once', async () => {
  using run = new Office();
  const { office } = run;
  const published = office.publish();
  run.grow();
  office.stop();
  assert.equal(run.builds[0]?.isAbandoned, true);
  const [head, ...others] = run.signed;
  assert.deepEqual(others, []);
  assert.deepEqual([head?.sequence, head?.liabilitiesRoot], [run.sequence, ZERO_HASH]);
  assert.deepEqual(headOfSigned(await published), head);
  assert.deepEqual(headOfSigned(await office.publishNow()), head, 'after it nothing is signed');
  assert.equal(run.signed.length, 1);
  assert.deepEqual(run.warnings, []);
});

test('a crash before the second head of an entry is in the history: the next start puts it there', async () => {
  using run = new Office();
  const { office, history } = run;
  const plain = office.sign() ?? assert.fail();
  const publishing = office.publish();
  run.builds[0]?.finish();
  const published = await publishing;
  office.stop();
  history.heads.add({ sequence: run.sequence, ...plain });
  assert.equal(history.heads.published?.text ?? '', '');
  run.newSigner().close();
  assert.equal(history.heads.newest?.text, published?.text);
  assert.equal(history.heads.published?.text, published?.text);
});

test('schedule: the first publication may be due sooner than the others', () => {
  const waits: number[] = [];
  const due: (() => void)[] = [];
  const scheduler: Scheduler = {
    now: () => 0,
    soon: () => assert.fail('nothing is due soon'),
    after: (milliseconds, act) => {
      waits.push(milliseconds);
      due.push(act);
      return () => undefined;
    },
  };
  let count = 0;
  const sign = (): void => {
    count += 1;
  };
  new HeadSchedule({ sign, everyMs: 3_600, firstMs: 0, scheduler });
  due[0]?.();
  due[1]?.();
  assert.deepEqual([waits, count], [[0, 3_600, 3_600], 2]);
  new HeadSchedule({ sign, everyMs: 0, firstMs: 0, scheduler });
  assert.equal(waits.length, 3);
});
