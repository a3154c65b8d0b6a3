/** Files that an operator names: certificates, tokens, settings. */
import { readFileSync, statSync } from "node:fs";
import { OperatorError } from "./operator-error.ts";

/** A larger one is a wrong path, which must not fill the memory. */
const MOST_BYTES = 1024 * 1024;
const READABLE_BY_OTHERS = 0o004;

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "no such file",
  ENOTDIR: "no such file",
  EACCES: "this user may not read it",
  EISDIR: "it is a folder",
};

export interface SmallFile {
  readonly text: string;
  /** Whether every user of this machine may read it. */
  readonly readableByOthers: boolean;
}

/** Throws OperatorError for what is not a regular file of at most 1 MiB, or cannot be read. */
export function readSmallFile(path: string): SmallFile {
  try {
    const stats = statSync(path);
    if (stats.isDirectory()) throw new OperatorError("it is a folder");
    // A pipe or a device could be read for ever.
    if (!stats.isFile()) throw new OperatorError("it is not a regular file");
    if (stats.size > MOST_BYTES) throw new OperatorError(`it is larger than ${MOST_BYTES} bytes`);
    return { text: readFileSync(path, "utf8"), readableByOthers: (stats.mode & READABLE_BY_OTHERS) !== 0 };
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    const { code = "unknown" } = error as NodeJS.ErrnoException;
    throw new OperatorError(REASONS[code] ?? `it cannot be read (${code})`, { cause: error });
  }
}
