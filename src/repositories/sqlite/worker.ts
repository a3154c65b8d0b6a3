/** The thread that reads: a query, or a wait for a lock, never holds up the thread that serves. */
import { parentPort, workerData } from "node:worker_threads";
import type { PartName, SectionExamination } from "../repository.ts";
import { background } from "./background.ts";
import { historyPiece, pagesPiece } from "./pace.ts";
import { DatabaseReader, type ReaderAnswer, type ReaderOptions } from "./reader.ts";

export interface WorkerOptions extends ReaderOptions {
  readonly idleSeconds: number;
}

export interface WorkerRequest {
  readonly id: number;
  readonly parts: readonly PartName[];
  readonly nowMs: number;
}

export interface ExamineRequest {
  readonly id: number;
  readonly examine: true;
  readonly nowMs: number;
}

export interface ExamineAnswer {
  readonly id: number;
  readonly examinations: readonly SectionExamination[];
}

export interface WorkerAnswer extends ReaderAnswer {
  readonly id: number;
  /** Parts that are as they were told last, and therefore left out of the snapshot: copying them costs. */
  readonly unchanged: readonly PartName[];
}

const options = workerData as WorkerOptions;
const reader = new DatabaseReader(options);
let reading: Promise<void> = Promise.resolve();
const told = new Map<PartName, unknown>();
const history = background(() => {
  const work = reader.stepHistory(Date.now());
  return work && historyPiece(work);
});
const pages = background(() => {
  const work = reader.stepPages();
  return work && pagesPiece(work);
});
let idle: NodeJS.Timeout | undefined;

parentPort?.on("message", (request: WorkerRequest | ExamineRequest | "close") => {
  reading = reading.then(() => handle(request));
});

async function handle(request: WorkerRequest | ExamineRequest | "close"): Promise<void> {
  clearTimeout(idle);
  if (request !== "close" && "examine" in request) {
    const examinations = await reader.examine(request.nowMs).catch(() => []);
    const examined: ExamineAnswer = { id: request.id, examinations };
    parentPort?.postMessage(examined);
    return;
  }
  if (request === "close") {
    letGo();
    parentPort?.close();
    return;
  }
  const { snapshot, historyAsOf, unexpected } = await reader.read(request.parts, request.nowMs);
  const unchanged = request.parts.filter((name) => snapshot.parts[name] === told.get(name));
  const changed = request.parts.filter((name) => !unchanged.includes(name));
  for (const name of changed) told.set(name, snapshot.parts[name]);
  const parts = Object.fromEntries(changed.map((name) => [name, snapshot.parts[name]]));
  const answer: WorkerAnswer = {
    id: request.id,
    snapshot: { ...snapshot, parts },
    historyAsOf,
    unchanged,
    unexpected,
  };
  parentPort?.postMessage(answer);
  pages.resume();
  history.resume();
  idle = setTimeout(rest, options.idleSeconds * 1000);
}

/** Nobody has asked for a while. A round that has begun is brought to its end, so that it is not in vain. */
function rest(): void {
  if (history.isBusy) {
    idle = setTimeout(rest, options.idleSeconds * 1000);
    return;
  }
  letGo();
}

function letGo(): void {
  history.stop();
  pages.stop();
  reader.release();
}
