/**
 * The text of small files of procfs. They tell no size, and so `readFileSync` takes 64 KiB for each, which stay taken
 * until the next collection of garbage: some megabytes for every sweep over the process table.
 */
import { closeSync, openSync, readSync } from "node:fs";

const BYTES = 16 * 1024;
const buffer = Buffer.allocUnsafeSlow(BYTES);

/**
 * The whole file; empty for a process that has ended. The kernel gives all of such a file that the buffer takes, so that
 * only a full buffer leaves something: 16 KiB are exceeded by the `status` of a process in two thousand groups, for one.
 * Throws the system's error.
 */
export function readOpen(descriptor: number): string {
  let text = "";
  for (;;) {
    const bytes = readSync(descriptor, buffer, 0, BYTES, text.length);
    const piece = buffer.toString("latin1", 0, bytes);
    if (bytes < BYTES) return text === "" ? piece : text + piece;
    text += piece;
  }
}

/** Throws the system's error: ENOENT or ESRCH for a process that is gone, EACCES, EPERM. */
export function readText(path: string): string {
  const descriptor = openSync(path, "r");
  try {
    return readOpen(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
