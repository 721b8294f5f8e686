// The historian and the history reader: the real `Historian`, `HistoryWriter`, `HeadSigner` and
// `HistoryReader` on a real SQLite file in a temporary folder, which is fast enough, since nothing in it waits for fsync.

import type { RealEngine, State } from '@picostocks/engine';
import type { Entry, Event } from '@picostocks/protocol';
import { HeadFile } from '../../packages/server/src/heads/head-file.ts';
import { HeadSchedule } from '../../packages/server/src/heads/head-schedule.ts';
import { HeadSigner } from '../../packages/server/src/heads/head-signer.ts';
import { Historian } from '../../packages/server/src/history/historian.ts';
import { HistoryDesk } from '../../packages/server/src/history/history-desk.ts';
import { HistoryReader } from '../../packages/server/src/history/history-reader.ts';
import type { HistoryWriter } from '../../packages/server/src/history/history-writer.ts';
import type { Log } from '../../packages/server/src/log/log.ts';
import type { QuestionPort } from '../../packages/server/src/node/history-port.ts';
import type {
  HistoryAnswer,
  HistoryQuestion,
} from '../../packages/server/src/thread/thread-data.ts';
import { Channel } from '../time/channel.ts';
import { Crash, type Lifetime } from '../time/virtual-time.ts';
import type { LogLine } from './log-actor.ts';
import type { ProcessParts } from './process-parts.ts';

/** More often than the server's minute, so that crashes meet it. */
const HEAD_EVERY_MS = 20_000;

/** Burns down by one with each entry that the historian writes; at the end it crashes. */
export interface Fuse {
  left: number | undefined;
}

interface HistorianFields {
  readonly lifetime: Lifetime;
  readonly line: LogLine;
  readonly fuse: Fuse;
  readonly tellReader: () => void;
}

export class HistorianActor {
  readonly #parts: ProcessParts;
  readonly #historian: Historian;
  readonly #history: HistoryWriter;
  readonly #hurries: Channel<undefined>;
  #heads: HeadSigner | undefined;

  constructor(parts: ProcessParts, { lifetime, line, fuse, tellReader }: HistorianFields) {
    this.#parts = parts;
    const log = parts.seams.readerLog(parts.disk);
    this.#history = parts.seams.historyWriter(parts.historyPath);
    burnWith(this.#history, fuse);
    try {
      this.#historian = this.#begin(parts, { log, lifetime, line, tellReader });
      this.#heads = this.#openSigner();
      this.sign();
    } catch (error) {
      this.close();
      throw error;
    }
    this.#hurries = channelTo(lifetime, parts);
    this.#hurries.listen(() => this.#historian.hurry());
    const scheduler = parts.schedulerOf(lifetime);
    new HeadSchedule({ sign: () => this.sign(), everyMs: HEAD_EVERY_MS, scheduler });
    line.listen((message) => {
      if (message.kind !== 'refused') this.#historian.take(message);
    });
  }

  #begin(
    parts: ProcessParts,
    { log, lifetime, line, tellReader }: Omit<HistorianFields, 'fuse'> & { log: Log },
  ): Historian {
    const engine = parts.seams.engine({
      log,
      snapshots: parts.snapshots,
      warn: () => parts.counts.add('snapshots passed over'),
      notAfter: this.#history.applied.sequence,
    });
    watch(engine, (entry, events) =>
      parts.auditor.applied(lifetime.name, entry, events, engine.state),
    );
    const historian = new Historian({
      log,
      history: this.#history,
      engine,
      onApplied: (sequence) => {
        parts.marks.inHistory = sequence;
        tellReader();
      },
      onTaken: (news) => {
        if (news.kind === 'batch') line.tell({ kind: 'acknowledge', bytes: news.bytes.length });
      },
      onDigest: (block) => line.tell({ kind: 'digest', block }),
      pace: {
        scheduler: parts.schedulerOf(lifetime),
        isAwaited: (written) => parts.marks.awaited > written,
      },
    });
    historian.catchUp();
    return historian;
  }

  get state(): State {
    return this.#historian.state;
  }

  catchUp(): void {
    this.#historian.catchUp();
  }

  /** Some read waits for what was not written yet. */
  hurry(): void {
    this.#hurries.post(undefined);
  }

  sign(): void {
    this.#historian.writeOut();
    if (this.#historian.isWritten) this.#heads?.sign(this.#historian.subject);
    this.#parts.headDisk.throwCrash();
  }

  #openSigner(): HeadSigner {
    const { headDisk, headKey, clock, counts } = this.#parts;
    return new HeadSigner({
      file: new HeadFile(headDisk.path, headDisk),
      key: headKey,
      table: this.#history.heads,
      now: () => clock.wall(),
      warn: () => counts.add('heads not kept'),
    });
  }

  /** Also in the middle of a transaction, which is then rolled back. */
  close(): void {
    this.#heads?.close();
    this.#history.close();
  }
}

/** The auditor looks at every entry that this engine applies. */
function watch(engine: RealEngine, look: (entry: Entry, events: readonly Event[]) => void): void {
  const apply = engine.apply.bind(engine);
  engine.apply = (entry) => {
    const events = apply(entry);
    look(entry as Entry, events);
    return events;
  };
}

function burnWith(history: HistoryWriter, fuse: Fuse): void {
  const write = history.write.bind(history);
  history.write = (applied) => {
    if (fuse.left !== undefined) {
      fuse.left -= 1;
      if (fuse.left < 0) {
        fuse.left = undefined;
        throw new Crash('the historian crashed in a transaction');
      }
    }
    write(applied);
  };
}

export class ReaderActor {
  readonly #parts: ProcessParts;
  readonly #lifetime: Lifetime;
  readonly #reader: HistoryReader;
  readonly #desk: HistoryDesk;
  readonly #wakes: Channel<undefined>;

  constructor(
    parts: ProcessParts,
    { lifetime, tellHistorian }: { lifetime: Lifetime; tellHistorian: () => void },
  ) {
    this.#parts = parts;
    this.#lifetime = lifetime;
    this.#reader = new HistoryReader(parts.historyPath, parts.seams.readerLog(parts.disk));
    this.#desk = new HistoryDesk({
      history: this.#reader,
      marks: parts.marks,
      onWait: tellHistorian,
    });
    this.#wakes = channelTo(lifetime, parts);
    this.#wakes.listen(() => this.#desk.wake());
  }

  wake(): void {
    this.#wakes.post(undefined);
  }

  connect(node: Lifetime): QuestionPort {
    const toReader = channelTo<HistoryQuestion>(this.#lifetime, this.#parts);
    const toNode = channelTo<HistoryAnswer>(node, this.#parts);
    toReader.listen((question) => this.#desk.ask(question, (answer) => toNode.post(answer)));
    return {
      postMessage: (question) => toReader.post(question),
      on: (_event, take) => toNode.listen(take),
    };
  }

  close(): void {
    this.#reader.close();
  }
}

function channelTo<Message>(receiver: Lifetime, { time, weather }: ProcessParts): Channel<Message> {
  const delayMicros = (): number => weather.delayMicros('history');
  return new Channel<Message>({ time, receiver, delayMicros });
}
