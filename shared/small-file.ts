/** Reads small files that an operator names: certificates, tokens, settings. */
import { readFileSync, statSync } from "node:fs";
import { OperatorError } from "./operator-error.ts";

/** A larger file is a wrong path, and must not fill the memory. */
const MOST_BYTES = 1024 * 1024;
const READABLE_BY_OTHERS = 0o004;

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "no such file",
  ENOTDIR: "no such file",
  EACCES: "this user cannot read it",
  EISDIR: "it is a folder",
};

export interface SmallFile {
  readonly text: string;
  /** Whether every user of this machine can read the file. */
  readonly readableByOthers: boolean;
}

/** Throws OperatorError if the file is not a regular file of at most 1 MiB, or cannot be read. */
export function readSmallFile(path: string): SmallFile {
  try {
    const stats = statSync(path);
    if (stats.isDirectory()) throw new OperatorError("it is a folder");
    // Reading a pipe or a device might never end.
    if (!stats.isFile()) throw new OperatorError("it is not a regular file");
    if (stats.size > MOST_BYTES) throw new OperatorError(`it is larger than ${MOST_BYTES} bytes`);
    return { text: readFileSync(path, "utf8"), readableByOthers: (stats.mode & READABLE_BY_OTHERS) !== 0 };
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    const { code = "unknown" } = error as NodeJS.ErrnoException;
    throw new OperatorError(REASONS[code] ?? `it cannot be read (${code})`, { cause: error });
  }
}

/** Returns a text that changes whenever the file is written or replaced, or its permissions change. */
export function signature(path: string): string {
  try {
    const { ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
    return `${ino} ${size} ${mtimeNs} ${ctimeNs}`;
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}
