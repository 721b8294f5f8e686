// The log thread: the real `LogWriter` with its clock, joined to its followers by channels, as
// packages/server/src/thread/log-thread.ts does it with message ports.

import { type BlockDigest, DigestBook } from '../../packages/server/src/event-digest.ts';
import { ExchangeError } from '../../packages/server/src/exchange-error.ts';
import { decodeProposals, encodeProposals } from '../../packages/server/src/log/batch.ts';
import { LogClock } from '../../packages/server/src/log/log-clock.ts';
import { LogWriter } from '../../packages/server/src/log/log-writer.ts';
import type { LogMessage, LogRequest } from '../../packages/server/src/thread/thread-data.ts';
import { Channel } from '../time/channel.ts';
import type { Lifetime } from '../time/virtual-time.ts';
import type { ProcessParts } from './process-parts.ts';

const PROBE_MICROS = 1_000_000;

/** A follower's end of its channel to the log. */
export interface LogLine {
  tell(request: LogRequest): void;
  listen(take: (message: LogMessage) => void): void;
}

export class LogActor {
  readonly #parts: ProcessParts;
  readonly #lifetime: Lifetime;
  readonly #writer: LogWriter;
  readonly #digests = new DigestBook();

  constructor(parts: ProcessParts, lifetime: Lifetime) {
    this.#parts = parts;
    this.#lifetime = lifetime;
    this.#writer = new LogWriter({
      log: parts.seams.writerLog(parts.disk),
      clock: new LogClock(parts.clock),
      marks: parts.marks,
      scheduler: parts.schedulerOf(lifetime),
      onReadOnly: () => this.#probeLater(),
    });
  }

  connect(follower: Lifetime): LogLine {
    const { time, weather } = this.#parts;
    const toLog = new Channel<LogRequest>({
      time,
      receiver: this.#lifetime,
      delayMicros: () => weather.delayMicros('submit'),
    });
    const toFollower = new Channel<LogMessage>({
      time,
      receiver: follower,
      delayMicros: () => weather.delayMicros('publish'),
    });
    const post = (message: LogMessage): void => toFollower.post(message);
    const { acknowledge } = this.#writer.follow({ publish: post });
    toLog.listen((request) => {
      if (request.kind === 'acknowledge') return acknowledge(request.bytes);
      if (request.kind === 'digest') return this.#compare(request.block);
      if (request.kind === 'tick') return this.#writer.tick(request.request);
      const proposals = [...decodeProposals(request.bytes)];
      const refuse = (why: string): void =>
        post({ kind: 'refused', bytes: encodeProposals(proposals), why });
      this.#writer.submit({ proposals, refuse });
    });
    return {
      tell: (request) => {
        if (!follower.isOver) toLog.post(request);
      },
      listen: (take) => toFollower.listen(take),
    };
  }

  /** As the server does every second; here only while there is a need, so that idle time costs nothing. */
  #probeLater(): void {
    this.#parts.time.after(PROBE_MICROS, this.#lifetime, () => {
      this.#writer.probe();
      if (this.#parts.marks.readOnly) this.#probeLater();
    });
  }

  #compare(block: BlockDigest): void {
    if (this.#digests.agrees(block)) return;
    const message = `two replicas differ in what entries up to ${block.sequence} did`;
    throw new ExchangeError({ code: 'replica_diverged', message, sequence: block.sequence });
  }

  /** At a clean stop: commits what is queued. */
  flush(): void {
    this.#writer.flush();
  }
}
