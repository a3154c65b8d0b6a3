/** The thread or process that reads: a query, or a wait for a lock, never holds up the thread that serves. */
import { parentPort } from "node:worker_threads";
import type { SectionName } from "../../profiles/contract.ts";
import type { PartName, SectionExamination } from "../repository.ts";
import type { Resting } from "../sql/rests.ts";
import { type Background, background } from "./background.ts";
import { guarded } from "./guard.ts";
import { historyPiece, pagesPiece } from "./pace.ts";
import { DatabaseReader, type ReaderAnswer, type ReaderOptions } from "./reader.ts";

export interface WorkerOptions extends ReaderOptions {
  readonly idleSeconds: number;
}

export interface WorkerRequest {
  readonly id: number;
  readonly parts: readonly PartName[];
  readonly nowMs: number;
  /** Sections to be left alone. */
  readonly resting: Resting;
}

export interface ExamineRequest extends Omit<WorkerRequest, "parts"> {
  readonly examine: true;
}

/** The options come first. */
export type ToWorker = { readonly options: WorkerOptions } | WorkerRequest | ExamineRequest | "close";

export interface ExamineAnswer {
  readonly id: number;
  readonly examinations: readonly SectionExamination[];
}

export interface WorkerAnswer extends ReaderAnswer {
  readonly id: number;
  /** Parts that are as they were told last, and therefore left out of the snapshot: copying them costs. */
  readonly unchanged: readonly PartName[];
}

/** In a process, before each SELECT: when the process ends, that was it. */
export interface BeganSelect {
  readonly began: SectionName;
}

export type FromWorker = WorkerAnswer | ExamineAnswer | BeganSelect;

interface Reading {
  readonly reader: DatabaseReader;
  readonly history: Background;
  readonly pages: Background;
  readonly idleMilliseconds: number;
}

let started: Reading | undefined;
let reading: Promise<void> = Promise.resolve();
const told = new Map<PartName, unknown>();
let idle: NodeJS.Timeout | undefined;

function post(message: FromWorker): void {
  if (parentPort) parentPort.postMessage(message);
  else process.send?.(message);
}

function receive(message: ToWorker): void {
  reading = reading.then(() => handle(message));
}

if (parentPort) parentPort.on("message", receive);
else {
  process.on("message", receive);
  process.on("disconnect", () => process.exit(0));
  // A Ctrl-C in a terminal reaches every process of the group; this one ends with its parent.
  process.on("SIGINT", () => {});
}

function start({ idleSeconds, ...options }: WorkerOptions): Reading {
  const isThread = parentPort !== null;
  const reader = new DatabaseReader(options, isThread ? undefined : guarded((began) => post({ began })));
  const history = background(() => {
    const work = reader.stepHistory(Date.now());
    return work && historyPiece(work);
  });
  const pages = background(() => {
    const work = reader.stepPages();
    return work && pagesPiece(work);
  });
  return { reader, history, pages, idleMilliseconds: idleSeconds * 1000 };
}

async function handle(message: ToWorker): Promise<void> {
  clearTimeout(idle);
  if (message !== "close" && "options" in message) {
    started = start(message.options);
    return;
  }
  if (!started) return;
  if (message === "close") {
    letGo(started);
    if (parentPort) parentPort.close();
    else process.disconnect();
    return;
  }
  if ("examine" in message) await examine(started, message);
  else await answer(started, message);
  idle = setTimeout(rest, started.idleMilliseconds, started);
}

async function examine({ reader }: Reading, { id, nowMs, resting }: ExamineRequest): Promise<void> {
  post({ id, examinations: await reader.examine(nowMs, resting).catch(() => []) });
}

async function answer({ reader, history, pages }: Reading, message: WorkerRequest): Promise<void> {
  const { id, nowMs, resting } = message;
  const { snapshot, historyAsOf, seen, unexpected } = await reader.read(message.parts, nowMs, resting);
  const unchanged = message.parts.filter((name) => snapshot.parts[name] === told.get(name));
  const changed = message.parts.filter((name) => !unchanged.includes(name));
  for (const name of changed) told.set(name, snapshot.parts[name]);
  const parts = Object.fromEntries(changed.map((name) => [name, snapshot.parts[name]]));
  post({
    id,
    snapshot: { ...snapshot, parts },
    historyAsOf,
    unchanged,
    // A descriptor means nothing in another process.
    seen: parentPort || seen?.indexDescriptor === undefined ? seen : undefined,
    unexpected,
  });
  pages.resume();
  history.resume();
}

/** Nobody has asked for a while. A round that has begun is brought to its end, so that it is not in vain. */
function rest(over: Reading): void {
  if (over.history.isBusy) idle = setTimeout(rest, over.idleMilliseconds, over);
  else letGo(over);
}

function letGo({ reader, history, pages }: Reading): void {
  history.stop();
  pages.stop();
  reader.release();
}
