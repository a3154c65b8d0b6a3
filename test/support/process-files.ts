/** A process's files by their names, wherever its folder lies; empty where there is none. */
import type { ProcessFiles } from "../../src/procfs/process-files.ts";

export function holding(files: Readonly<Record<string, string>>): ProcessFiles {
  const textAt = (path: string) => files[path.slice(path.lastIndexOf("/") + 1)] ?? "";
  return {
    read: (path) => textAt(path),
    readIfAny: (path) => textAt(path),
    keep() {},
    closeUnused() {},
    close() {},
  };
}
