/**
 * The text of small files of procfs. They tell no size, and so `readFileSync` takes 64 KiB for each, which stay taken
 * until the next collection of garbage: some megabytes for every sweep over the process table.
 */
import { closeSync, openSync, readSync } from "node:fs";

const BYTES = 16 * 1024;
const buffer = Buffer.allocUnsafeSlow(BYTES);

/** From the start, 16 KiB at the most; empty for a process that has ended. Throws the system's error. */
export function readOpen(descriptor: number): string {
  return buffer.toString("latin1", 0, readSync(descriptor, buffer, 0, BYTES, 0));
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
