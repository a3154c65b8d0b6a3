/** The thread that reads: a query, or a wait for a lock, never holds up the thread that serves. */
import { parentPort, workerData } from "node:worker_threads";
import type { PartName } from "../repository.ts";
import { DatabaseReader, type ReaderAnswer, type ReaderOptions } from "./reader.ts";

export interface WorkerOptions extends ReaderOptions {
  readonly idleSeconds: number;
}

export interface WorkerRequest {
  readonly id: number;
  readonly parts: readonly PartName[];
  readonly nowMs: number;
}

export interface WorkerAnswer extends ReaderAnswer {
  readonly id: number;
}

const options = workerData as WorkerOptions;
const reader = new DatabaseReader(options);
let reading: Promise<void> = Promise.resolve();
let idle: NodeJS.Timeout | undefined;

parentPort?.on("message", (request: WorkerRequest | "close") => {
  reading = reading.then(() => handle(request));
});

async function handle(request: WorkerRequest | "close"): Promise<void> {
  clearTimeout(idle);
  if (request === "close") {
    reader.release();
    parentPort?.close();
    return;
  }
  const answer: WorkerAnswer = { id: request.id, ...(await reader.read(request.parts, request.nowMs)) };
  parentPort?.postMessage(answer);
  idle = setTimeout(() => reader.release(), options.idleSeconds * 1000);
}
