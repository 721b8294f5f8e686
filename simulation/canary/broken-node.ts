// Nodes and a historian that lie: an old answer to a read, a refusal of what was sent on all the same, a
// trade that the history writes down wrong.

import { type Applied, HistoryWriter } from '../../packages/server/src/history/history-writer.ts';
import type { LogNews } from '../../packages/server/src/log/log-writer.ts';
import { Refused } from '../../packages/server/src/node/refused.ts';
import { Replica } from '../../packages/server/src/node/replica.ts';
import { type Settled, Submissions } from '../../packages/server/src/node/submissions.ts';
import { TickWatch } from '../../packages/server/src/node/tick-watch.ts';
import { HONEST, type Seams } from '../world/seams.ts';

/** Answers from whatever it has, however old that is; and every third batch it takes only with the next one. */
class ImpatientReplica extends Replica {
  #batches = 0;
  #held: LogNews | undefined;

  override take(news: LogNews): void {
    if (this.#held !== undefined) super.take(this.#held);
    this.#batches += 1;
    this.#held = this.#batches % 3 === 0 ? news : undefined;
    if (this.#held === undefined) super.take(news);
  }

  override async current(): Promise<number> {
    return this.state.sequence;
  }
}

export const staleRead: Seams = { ...HONEST, replica: (fields) => new ImpatientReplica(fields) };

/** Sends every tenth command on and says that it did not. */
class LyingSubmissions extends Submissions {
  #count = 0;

  override submit(...submission: Parameters<Submissions['submit']>): Promise<Settled> {
    const settled = super.submit(...submission);
    this.#count += 1;
    if (this.#count % 10 !== 0) return settled;
    settled.catch(() => undefined);
    throw new Refused('unavailable', { why: 'a canary' });
  }
}

export const lyingRefusal: Seams = {
  ...HONEST,
  submissions: (fields) => new LyingSubmissions(fields),
};

/** Asks for no tick: what is due is done when the next command comes. */
class SleepyTicks extends TickWatch {
  override wake(): void {
    // It sleeps.
  }
}

export const noTicks: Seams = { ...HONEST, tickWatch: (fields) => new SleepyTicks(fields) };

/** Writes an atom too much as the fee of a seller who did not ask: nobody is told of it in an answer. */
class CarelessHistory extends HistoryWriter {
  override write(applied: Applied): void {
    const wrong = applied.events.map((event) =>
      event.kind === 'order_filled' && event.aggressor === 'bid'
        ? { ...event, askFee: event.askFee + 1n }
        : event,
    );
    super.write({ ...applied, events: wrong });
  }
}

export const carelessHistory: Seams = {
  ...HONEST,
  historyWriter: (path) => new CarelessHistory(path),
};
