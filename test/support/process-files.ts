/** A process's files by name, for any folder. A missing file is empty. */
import type { ProcessFiles } from "../../src/procfs/process-files.ts";

export function holding(files: Readonly<Record<string, string>>): ProcessFiles {
  const textAt = (path: string) => files[path.slice(path.lastIndexOf("/") + 1)] ?? "";
  return {
    read: (path) => textAt(path),
    readIfAny: (path) => textAt(path),
    closeUnused() {},
    close() {},
  };
}
