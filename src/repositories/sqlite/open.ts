/** Opens a repository over a SQLite database with a profile. The file may appear later, or be replaced. */
import type { SectionName } from "../../profiles/contract.ts";
import { loadProfile } from "../../profiles/shipped.ts";
import {
  type Fit,
  failedSnapshot,
  type RepositoryOptions,
  type SectionExamination,
  type TableRepository,
} from "../repository.ts";
import { failed, ok, type Reading, type SourceFailure } from "../source-failure.ts";
import { SectionBackoff } from "../sql/backoff.ts";
import type { Cells } from "../sql/columns.ts";
import type { ReaderAnswer } from "./database-reader.ts";
import { toFailure } from "./failures.ts";
import {
  type FromReader,
  type ReaderProcess,
  type ReaderStart,
  type ReadRequest,
  startReaderProcess,
} from "./reader-process.ts";
import { allowedMilliseconds } from "./statement-runner.ts";

export interface SqliteOptions extends RepositoryOptions {
  readonly databasePath: string;
  /** Closes the file after so many seconds without a reading. Default: 5. */
  readonly idleSeconds?: number;
  /** The script of the reader process, for a program that is bundled into one file. Default: the package's own. */
  readonly readerScript?: string | URL;
}

const LATE = failed("deadline_exceeded", "the database did not respond in time; the reading continues");
const CLOSED = failed("unavailable", "the service is stopping");
const CRASHED = failed(
  "unavailable",
  "the reader process was killed from outside; the next reading starts another",
);
const NOT_STARTED = failed("unavailable", "cannot start the reader process; the next reading retries");
const STOPPED: SourceFailure = {
  code: "deadline_exceeded",
  message: "the SELECT exceeded its limit of time or memory: it was stopped, and is paused for a while",
};

/** How long `close` waits for a reading to end, and then for the process. */
const IMPATIENCE_MILLISECONDS = 1_000;

/** A process without a response for so long is not expected to respond, for example because it was stopped. */
const SILENCE_MILLISECONDS = 60_000;

type Request = Omit<ReadRequest, "backedOff">;
type Question = Omit<Request, "id" | "nowMs">;

interface Waiting {
  readonly request: Request;
  readonly settle: (answer: Reading<unknown>) => void;
}

export function openSqliteRepository(options: SqliteOptions): TableRepository {
  const { now = Date.now, onUnexpected = () => {}, onLeftOut = () => {}, deadlineSeconds = 2 } = options;
  const { readerScript } = options;
  const profile = options.profile ?? loadProfile("reference", "sqlite");
  const start: ReaderStart = {
    databasePath: options.databasePath,
    profile,
    terminalStages: options.terminalStages ?? profile.terminalStages,
    maxItems: options.maxItems ?? 1000,
    idleSeconds: options.idleSeconds ?? 5,
  };
  const backoff = new SectionBackoff();
  const waiting = new Map<number, Waiting>();
  /** Readings that timed out but still run. Further requests would only queue up behind them. */
  const overdue = new Set<number>();
  let running: ReaderProcess | undefined;
  let closed = false;
  let nextId = 0;

  function started(): ReaderProcess {
    if (running) return running;
    const events = { onMessage, onError: onUnexpected, onNotStarted };
    const started = startReaderProcess(events, profile.timezone, readerScript);
    running = started;
    void started.ended.then(onEnd);
    started.send(start);
    return started;
  }

  function onMessage(message: FromReader): void {
    if ("unexpected" in message) {
      onUnexpected(message.unexpected);
      return;
    }
    overdue.delete(message.id);
    waiting.get(message.id)?.settle(ok(message.answer));
  }

  function onNotStarted(error: unknown): void {
    running = undefined;
    const isShortage = /^E[MN]FILE$/.test(String((error as NodeJS.ErrnoException).code));
    const known = isShortage ? toFailure(error) : undefined;
    if (!known) onUnexpected(error);
    for (const { settle } of [...waiting.values()])
      settle(known ? { ok: false, failure: known } : NOT_STARTED);
  }

  /** After a SELECT ended the process, reads the other sections without it. */
  function onEnd(section: SectionName | undefined): void {
    running = undefined;
    overdue.clear();
    if (section !== undefined) backoff.recordTimeout(section, allowedMilliseconds(section), STOPPED);
    for (const { request, settle } of [...waiting.values()]) {
      if (section !== undefined && !closed) send(request);
      else settle(closed ? CLOSED : CRASHED);
    }
  }

  function send(request: Request): void {
    try {
      started().send({ ...request, backedOff: backoff.active() });
    } catch (error) {
      const known = toFailure(error);
      if (!known) onUnexpected(error);
      waiting.get(request.id)?.settle(known ? { ok: false, failure: known } : NOT_STARTED);
    }
  }

  /** Sends a request unless the repository is closed, or busy with a reading that timed out. */
  async function ask<T>(question: Question, hasDeadline = true): Promise<Reading<T>> {
    if (closed) return CLOSED;
    if (overdue.size > 0) return LATE;
    const request = { ...question, id: nextId++, nowMs: now() };
    return new Promise((resolve) => {
      const silence = setTimeout(() => running?.kill(), SILENCE_MILLISECONDS);
      const deadline = hasDeadline ? setTimeout(giveUp, deadlineSeconds * 1000) : undefined;
      // Only a pending request keeps the program running.
      if (deadline) silence.unref();
      function giveUp(): void {
        overdue.add(request.id);
        resolve(LATE);
      }
      waiting.set(request.id, {
        request,
        settle(answer) {
          waiting.delete(request.id);
          clearTimeout(silence);
          clearTimeout(deadline);
          resolve(answer as Reading<T>);
        },
      });
      send(request);
    });
  }

  return {
    async read(parts) {
      const answer = await ask<ReaderAnswer>({ parts });
      if (!answer.ok) return failedSnapshot(parts, answer.failure);
      for (const message of answer.value.leftOut) onLeftOut(message);
      return answer.value.snapshot;
    },
    async examine(countsVisits = true) {
      const answer = await ask<readonly SectionExamination[]>({ countsVisits }, false);
      return answer.ok ? answer.value : [];
    },
    async fits(profiles) {
      const answer = await ask<Reading<readonly Fit[]>>({ profiles });
      return answer.ok ? answer.value : answer;
    },
    async select(statement) {
      const answer = await ask<Reading<readonly Cells[]>>({ select: statement });
      return answer.ok ? answer.value : answer;
    },
    async close() {
      closed = true;
      for (const { settle } of [...waiting.values()]) settle(CLOSED);
      if (!running) return;
      const { ended, kill } = running;
      running.disconnect();
      // A reading that hangs in the file system notices neither. The process is then left running.
      const late = Promise.withResolvers<void>();
      const timers = [
        setTimeout(kill, IMPATIENCE_MILLISECONDS),
        setTimeout(late.resolve, 2 * IMPATIENCE_MILLISECONDS),
      ];
      await Promise.race([ended, late.promise]);
      for (const timer of timers) clearTimeout(timer);
    },
  };
}
