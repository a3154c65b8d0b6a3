/** A process's files by their names, wherever its folder lies; empty where there is none. */
import type { ProcessFiles } from "../../src/procfs/process-files.ts";

export function holding(files: Readonly<Record<string, string>>): ProcessFiles {
  return {
    read: (path) => files[path.slice(path.lastIndexOf("/") + 1)] ?? "",
    keep() {},
    closeUnused() {},
    close() {},
  };
}
