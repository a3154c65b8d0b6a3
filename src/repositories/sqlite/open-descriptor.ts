/**
 * The descriptor that SQLite has open: a database's pages are read through it, since to open and close one of our own
 * would drop the locks of this process (sqlite.org/howtocorrupt.html, 2.2).
 */
import { fstatSync, readdirSync, statSync } from "node:fs";

/** One by which this process has the file open: proc_pid_fd(5). Undefined without procfs. */
export function descriptorOf(path: string): number | undefined {
  try {
    return readdirSync("/proc/self/fd")
      .map(Number)
      .find((descriptor) => isFile(descriptor, path));
  } catch {
    return undefined;
  }
}

export function isFile(descriptor: number, path: string): boolean {
  try {
    const [open, named] = [fstatSync(descriptor, { bigint: true }), statSync(path, { bigint: true })];
    return open.ino === named.ino && open.dev === named.dev;
  } catch {
    return false;
  }
}
