/** A repository over a SQLite database, by a profile. The file may appear later, or be replaced. */
import type { SectionName } from "../../profiles/contract.ts";
import type { Profile } from "../../profiles/profile.ts";
import { loadProfile } from "../../profiles/shipped.ts";
import type { Fault } from "../fault.ts";
import type { PartName, Repository, Snapshot } from "../repository.ts";
import { allBroken, type PartReadings } from "../sql/read-parts.ts";
import { Rests } from "../sql/rests.ts";
import { dated } from "./dated.ts";
import { type Host, startProcess, startThread } from "./host.ts";
import { RecentReadings } from "./recent-readings.ts";
import { noteStopped } from "./stopped-select.ts";
import type {
  ExamineAnswer,
  ExamineRequest,
  FromWorker,
  WorkerAnswer,
  WorkerOptions,
  WorkerRequest,
} from "./worker.ts";

export interface SqliteOptions {
  readonly databasePath: string;
  /** What the tables mean; default: the reference schema. */
  readonly profile?: Profile;
  /** Stages in which a task is no longer active; default: the profile's. */
  readonly terminalStages?: readonly string[];
  /** The longest list; default 1,000. */
  readonly maxItems?: number;
  /** Without a reading for so long, the file is let go; default 5. */
  readonly idleSeconds?: number;
  /** A reading that takes longer is `deadline_exceeded`; default 2. */
  readonly deadlineSeconds?: number;
  /** Unix epoch milliseconds. */
  readonly now?: () => number;
  /** Hears of bugs, and of the reading thread's death. */
  readonly onUnexpected?: (error: unknown) => void;
}

interface Waiting {
  readonly request: WorkerRequest | ExamineRequest;
  readonly answer: (answer: WorkerAnswer | ExamineAnswer) => void;
  /** There will be no answer. */
  readonly giveUp: (fault: Fault) => void;
}

/** A thread or process, and what it has told. */
interface Started {
  readonly host: Host;
  readonly parts: PartReadings;
  /** The section whose SELECT runs, as far as it is known. */
  running: SectionName | undefined;
}

const LATE: Fault = {
  code: "deadline_exceeded",
  message: "the database did not answer in time; the reading goes on",
};
const CLOSED: Fault = { code: "unavailable", message: "the service is stopping" };
const CRASHED: Fault = {
  code: "internal",
  message: "what reads the database ended by itself; the next reading starts it anew",
};

/** As for want of memory, file descriptors or processes. */
const NOT_STARTED: Fault = {
  code: "unavailable",
  message: "what reads the database cannot be started; the next reading tries again",
};

/** How long `close` waits for a reading to end, and again for what reads to end. */
const IMPATIENCE_MILLISECONDS = 1_000;

export function openSqliteRepository(options: SqliteOptions): Repository {
  const { now = Date.now, onUnexpected = () => {}, deadlineSeconds = 2 } = options;
  const profile = options.profile ?? loadProfile("reference", "sqlite");
  const workerOptions: WorkerOptions = {
    databasePath: options.databasePath,
    profile,
    terminalStages: options.terminalStages ?? profile.terminalStages,
    maxItems: options.maxItems ?? 1000,
    idleSeconds: options.idleSeconds ?? 5,
  };
  const startHost = profile.isShipped ? startThread : startProcess;
  const rests = new Rests();
  const recent = new RecentReadings(options.databasePath);
  const waiting = new Map<number, Waiting>();
  /** Readings that were given up but still run: what comes after them would only pile up. */
  const overdue = new Set<number>();
  let started: Started | undefined;
  let ended: PromiseWithResolvers<void> | undefined;
  let closed = false;
  let nextId = 0;

  function start(): Started {
    const exit = Promise.withResolvers<void>();
    const host = startHost({
      onMessage: (message) => onMessage(self, message),
      onError: onUnexpected,
      onExit: () => {
        exit.resolve();
        if (started === self) onExit(self);
      },
    });
    const self: Started = { host, parts: {}, running: undefined };
    ended = exit;
    started = self;
    host.post({ options: workerOptions });
    return self;
  }

  function onMessage(from: Started, message: FromWorker): void {
    if ("began" in message) {
      from.running = message.began;
      return;
    }
    from.running = undefined;
    overdue.delete(message.id);
    if ("unexpected" in message) {
      for (const stack of message.unexpected) onUnexpected(stack);
      Object.assign(from.parts, message.snapshot.parts);
    }
    waiting.get(message.id)?.answer(message);
  }

  function onExit({ running }: Started): void {
    started = undefined;
    overdue.clear();
    if (running !== undefined) noteStopped(rests, running);
    // Without the section that was the end of it the others can be read.
    const again = running !== undefined && !closed;
    for (const { request, giveUp } of waiting.values()) {
      if (again) post(request);
      else giveUp(closed ? CLOSED : CRASHED);
    }
  }

  function post(request: WorkerRequest | ExamineRequest): void {
    try {
      (started ?? start()).host.post({ ...request, resting: rests.current() });
    } catch (error) {
      onUnexpected(error);
      waiting.get(request.id)?.giveUp(NOT_STARTED);
    }
  }

  function ask(request: Waiting["request"], { answer, giveUp }: Omit<Waiting, "request">): void {
    const settled = () => waiting.delete(request.id);
    waiting.set(request.id, {
      request,
      answer: (message) => {
        settled();
        answer(message);
      },
      giveUp: (fault) => {
        settled();
        giveUp(fault);
      },
    });
    post(request);
  }

  return {
    read(parts) {
      if (closed) return Promise.resolve(broken(parts, CLOSED));
      if (overdue.size > 0) return Promise.resolve(broken(parts, LATE));
      const nowMs = now();
      const holding = recent.recall(parts, nowMs);
      if (holding) return Promise.resolve(holding);
      const request: WorkerRequest = { id: nextId++, parts, nowMs, resting: {} };
      return new Promise((resolve) => {
        const deadline = setTimeout(() => {
          overdue.add(request.id);
          waiting.get(request.id)?.giveUp(LATE);
        }, deadlineSeconds * 1000);
        ask(request, {
          answer(message) {
            clearTimeout(deadline);
            if (!("snapshot" in message)) return;
            const snapshot = merged(message, started?.parts ?? {});
            recent.note(snapshot, message.seen, nowMs);
            resolve(snapshot);
          },
          giveUp(fault) {
            clearTimeout(deadline);
            resolve(broken(parts, fault));
          },
        });
      });
    },
    examine() {
      if (closed || overdue.size > 0) return Promise.resolve([]);
      return new Promise((resolve) =>
        ask(
          { id: nextId++, examine: true, nowMs: now(), resting: {} },
          {
            answer: (message) => resolve("examinations" in message ? message.examinations : []),
            giveUp: () => resolve([]),
          },
        ),
      );
    },
    async close() {
      closed = true;
      if (!started || !ended) return;
      const { host } = started;
      host.post("close");
      // A reading that hangs in the file system hears neither: it is left behind.
      if (await isWithin(IMPATIENCE_MILLISECONDS, ended.promise)) return;
      host.end();
      await isWithin(IMPATIENCE_MILLISECONDS, ended.promise);
    },
  };
}

function merged({ snapshot, unchanged, historyAsOf }: WorkerAnswer, told: PartReadings): Snapshot {
  const parts: Record<string, unknown> = { ...snapshot.parts };
  for (const name of unchanged) parts[name] = dated(name, told[name], (history) => historyAsOf[history]);
  return { sourceEpoch: snapshot.sourceEpoch, parts };
}

async function isWithin(milliseconds: number, work: Promise<unknown>): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<false>();
  const timer = setTimeout(resolve, milliseconds, false);
  const isDone = await Promise.race([work.then(() => true), late]);
  clearTimeout(timer);
  return isDone;
}

function broken(parts: readonly PartName[], fault: Fault): Snapshot {
  return { sourceEpoch: "", parts: allBroken(parts, fault) };
}
