// A node: the real `Replica`, `Submissions`, `CommandDesk` (with its `Turns`), `TickWatch`, `HistoryPort` and
// `Verifier`, wired as in packages/server/src/thread/node-thread.ts, behind the simulated door.
//
// One part has a double: whether the history is behind is looked up in the list of durable heads by
// time, where the server samples the head once a second; a timer each second would make idle time dear.

import type { State } from '@picostocks/engine';
import { CommandDesk } from '../../packages/server/src/node/command-desk.ts';
import { deadlineIn } from '../../packages/server/src/node/deadline.ts';
import type { QuestionPort } from '../../packages/server/src/node/history-port.ts';
import { HistoryPort } from '../../packages/server/src/node/history-port.ts';
import type { Replica } from '../../packages/server/src/node/replica.ts';
import type { Submissions } from '../../packages/server/src/node/submissions.ts';
import { TokenBuckets } from '../../packages/server/src/node/token-buckets.ts';
import { Verifier, type VerifierPort, verifyAll } from '../../packages/server/src/node/verifier.ts';
import type { Scheduler } from '../../packages/server/src/scheduler.ts';
import { Channel } from '../time/channel.ts';
import type { Lifetime } from '../time/virtual-time.ts';
import { type DoorParts, serve } from './door.ts';
import type { LogLine } from './log-actor.ts';
import type { ProcessParts } from './process-parts.ts';
import type { Answer, Request } from './request.ts';

const DEADLINE_MS = 10_000;
/** Fewer than the server's defaults, so that a full house and a user held back happen. */
const IN_FLIGHT_MAX = 3;
const REJECTIONS_PER_SECOND = 2;

/** What a client learns of its request. */
export interface Caller {
  answered(answer: Answer): void;
  /** The connection broke; nobody knows how far the request came. */
  reset(): void;
}

export class NodeActor {
  readonly lifetime: Lifetime;
  readonly #parts: ProcessParts;
  readonly #scheduler: Scheduler;
  readonly #replica: Replica;
  readonly #submissions: Submissions;
  readonly #door: DoorParts;
  readonly #callers = new Set<Caller>();

  constructor(
    parts: ProcessParts,
    {
      lifetime,
      line,
      questions,
      isHistoryBehind,
    }: {
      lifetime: Lifetime;
      line: LogLine;
      questions: QuestionPort;
      isHistoryBehind: () => boolean;
    },
  ) {
    this.lifetime = lifetime;
    this.#parts = parts;
    this.#scheduler = parts.schedulerOf(lifetime);
    const { seams, marks, counts, auditor } = parts;
    this.#submissions = seams.submissions({
      send: (bytes) => line.tell({ kind: 'submit', bytes }),
      inFlightMax: IN_FLIGHT_MAX,
      scheduler: this.#scheduler,
    });
    const log = seams.readerLog(parts.disk);
    const warn = (): void => counts.add('snapshots passed over');
    const engine = seams.engine({ log, snapshots: parts.snapshots, warn });
    this.#replica = seams.replica({
      log,
      engine,
      marks,
      onApplied: (entry, events, command) => {
        auditor.applied(lifetime.name, entry, events, engine.state);
        this.#submissions.applied(entry, events, command);
      },
      decoded: (entry) => this.#submissions.decoded(entry),
      onDigest: (block) => line.tell({ kind: 'digest', block }),
    });
    const history = new HistoryPort(questions);
    this.#replica.catchUp();
    const desk = new CommandDesk({
      replica: this.#replica,
      history,
      verifier: new Verifier({
        port: verifierOf(lifetime, parts),
        waitingMax: IN_FLIGHT_MAX,
        scheduler: this.#scheduler,
      }),
      submissions: this.#submissions,
      rejections: new TokenBuckets(REJECTIONS_PER_SECOND, () => this.#scheduler.now()),
      now: () => parts.clock.wall(),
      isHistoryBehind,
    });
    const deadline = () => deadlineIn(DEADLINE_MS, this.#scheduler);
    this.#door = { desk, replica: this.#replica, history, deadline };
    const ticks = seams.tickWatch({
      state: () => this.#replica.state,
      now: () => parts.clock.wall(),
      ask: (request) => line.tell({ kind: 'tick', request }),
      scheduler: this.#scheduler,
    });
    ticks.wake();
    line.listen((message) => {
      if (message.kind === 'refused') {
        this.#submissions.refused(message.bytes, message.why);
        return;
      }
      this.#replica.take(message);
      desk.wake();
      ticks.wake();
      if (message.kind === 'batch') line.tell({ kind: 'acknowledge', bytes: message.bytes.length });
    });
  }

  get state(): State {
    return this.#replica.state;
  }

  /** Requests at the door, and commands on their way to the log. */
  get pending(): number {
    return this.#callers.size + this.#submissions.count;
  }

  /** Requests at the door. */
  get open(): number {
    return this.#callers.size;
  }

  /** Takes a request; what it comes to is told once. */
  handle(request: Request, caller: Caller): void {
    const asked = this.#parts.auditor.asks(request);
    this.#callers.add(caller);
    void serve(this.#door, request).then(({ answer, bug }) => {
      if (this.lifetime.isOver) return;
      this.#callers.delete(caller);
      this.#parts.auditor.answered(asked, answer, bug);
      this.#parts.trace.note(
        `${this.lifetime.name} ${request.path} ${answer.status} ${answer.body}`,
      );
      this.#parts.counts.add(`answers ${answer.status}`);
      caller.answered(answer);
    });
  }

  /** The thread is gone, and its connections with it. */
  die(): void {
    this.lifetime.end();
    for (const caller of this.#callers) caller.reset();
    this.#callers.clear();
  }
}

/** The node's verifier lives and dies with it; what it says comes later, so that the state may have changed meanwhile. */
function verifierOf(node: Lifetime, { time, weather }: ProcessParts): VerifierPort {
  const delayMicros = (): number => weather.delayMicros('verify');
  const verdicts = new Channel<Uint8Array>({ time, receiver: node, delayMicros });
  return {
    postMessage: (proposals) => verdicts.post(verifyAll(proposals)),
    on: (_event, take) => verdicts.listen(take),
  };
}
