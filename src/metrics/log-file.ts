/** A run's log file by stat(2) alone: it is never opened, and its path never leaves this module. */
import { stat } from "node:fs/promises";
import type { LogFileReading } from "./agents.ts";

/** A log on a dead network mount must not hold up an answer. */
const PATIENCE_MILLISECONDS = 500;

/** Size and time of last change; null where the file is missing, is no file, or does not answer in time. */
export async function statLog(path: string): Promise<LogFileReading | null> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MILLISECONDS, null);
  });
  try {
    return await Promise.race([read(path), patience]);
  } finally {
    clearTimeout(timer);
  }
}

async function read(path: string): Promise<LogFileReading | null> {
  try {
    const file = await stat(path);
    return file.isFile() ? { sizeBytes: file.size, modifiedAtMs: Math.round(file.mtimeMs) } : null;
  } catch {
    return null;
  }
}
