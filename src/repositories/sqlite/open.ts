/** A repository over a SQLite database, by a profile. The file may appear later, or be replaced. */
import { Worker } from "node:worker_threads";
import type { Profile } from "../../profiles/profile.ts";
import { loadProfile } from "../../profiles/shipped.ts";
import type { Fault } from "../fault.ts";
import type { PartName, Repository, SectionExamination, Snapshot } from "../repository.ts";
import { allBroken, type PartReadings } from "../sql/read-parts.ts";
import type { HistoryAsOf } from "./live-reader.ts";
import type { ExamineAnswer, ExamineRequest, WorkerAnswer, WorkerOptions, WorkerRequest } from "./worker.ts";

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
  readonly parts: readonly PartName[];
  readonly settle: (snapshot: Snapshot) => void;
}

const SCRIPT = new URL(`./worker${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url);

/** A reading leaves little behind, yet on a large machine V8 would let it pile up for long. */
const RESOURCE_LIMITS = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 256 };

const LATE: Fault = {
  code: "deadline_exceeded",
  message: "the database did not answer in time; the reading goes on",
};
const CLOSED: Fault = { code: "unavailable", message: "the service is stopping" };
const CRASHED: Fault = {
  code: "internal",
  message: "the thread that reads the database ended; a new one reads the next time",
};

export function openSqliteRepository(options: SqliteOptions): Repository {
  const { now = Date.now, onUnexpected = () => {}, deadlineSeconds = 2 } = options;
  const profile = options.profile ?? loadProfile("reference", "sqlite");
  const workerData: WorkerOptions = {
    databasePath: options.databasePath,
    profile,
    terminalStages: options.terminalStages ?? profile.terminalStages,
    maxItems: options.maxItems ?? 1000,
    idleSeconds: options.idleSeconds ?? 5,
  };
  const waiting = new Map<number, Waiting>();
  /** Readings that were given up but still run: what comes after them would only pile up. */
  const overdue = new Set<number>();
  let worker: Worker | undefined;
  let closed = false;
  let nextId = 0;

  function start(): Worker {
    // Not the program's own flags: `-e`, `--input-type` and their kind make no sense to a file.
    const started = new Worker(SCRIPT, { workerData, execArgv: [], resourceLimits: RESOURCE_LIMITS });
    const told: PartReadings = {};
    started.on("message", (answer: WorkerAnswer | ExamineAnswer) => {
      if ("examinations" in answer) return;
      const { id, snapshot, historyAsOf, unchanged, unexpected } = answer;
      for (const stack of unexpected) onUnexpected(stack);
      overdue.delete(id);
      Object.assign(told, snapshot.parts);
      const request = waiting.get(id);
      request?.settle({
        sourceEpoch: snapshot.sourceEpoch,
        parts: { ...snapshot.parts, ...stillTrue(told, unchanged, historyAsOf) },
      });
    });
    started.on("error", onUnexpected);
    started.once("exit", () => {
      if (worker === started) worker = undefined;
      overdue.clear();
      for (const { parts, settle } of waiting.values()) settle(broken(parts, closed ? CLOSED : CRASHED));
    });
    return started;
  }

  return {
    read(parts) {
      if (closed) return Promise.resolve(broken(parts, CLOSED));
      if (overdue.size > 0) return Promise.resolve(broken(parts, LATE));
      worker ??= start();
      const request: WorkerRequest = { id: nextId++, parts, nowMs: now() };
      worker.postMessage(request);
      return new Promise((resolve) => {
        const settle = (snapshot: Snapshot) => {
          clearTimeout(deadline);
          waiting.delete(request.id);
          resolve(snapshot);
        };
        const deadline = setTimeout(() => {
          overdue.add(request.id);
          settle(broken(parts, LATE));
        }, deadlineSeconds * 1000);
        waiting.set(request.id, { parts, settle });
      });
    },
    examine() {
      if (closed) return Promise.resolve([]);
      worker ??= start();
      const { promise, resolve } = Promise.withResolvers<readonly SectionExamination[]>();
      const examined = worker;
      const request: ExamineRequest = { id: nextId++, examine: true, nowMs: now() };
      const onMessage = (answer: WorkerAnswer | ExamineAnswer) => {
        if (answer.id !== request.id || !("examinations" in answer)) return;
        examined.off("message", onMessage);
        resolve(answer.examinations);
      };
      examined.on("message", onMessage);
      examined.once("exit", () => resolve([]));
      examined.postMessage(request);
      return promise;
    },
    async close() {
      closed = true;
      const ending = worker;
      if (!ending) return;
      const ended = new Promise((resolve) => ending.once("exit", resolve));
      ending.postMessage("close");
      // A reading that hangs in the file system does not hear.
      const impatience = setTimeout(() => void ending.terminate(), 1_000);
      await ended;
      clearTimeout(impatience);
    },
  };
}

/** What was told before and holds still, its history dated anew. */
function stillTrue(told: PartReadings, unchanged: readonly PartName[], asOf: HistoryAsOf): PartReadings {
  return Object.fromEntries(
    unchanged.map((name) => {
      const reading = told[name];
      const hasHistory = (name === "queue" || name === "cost") && reading?.ok;
      return [
        name,
        hasHistory ? { ok: true, value: { ...reading.value, historyAsOfMs: asOf[name] } } : reading,
      ];
    }),
  );
}

function broken(parts: readonly PartName[], fault: Fault): Snapshot {
  return { sourceEpoch: "", parts: allBroken(parts, fault) };
}
