/** Files that the watchdog's user names: their texts, or why there is none; and what they hold as they change. */
import { statSync } from "node:fs";
import { OperatorError } from "../../shared/operator-error.ts";
import { readSmallFile } from "../../shared/small-file.ts";
import { parseTokens } from "../../shared/tokens.ts";

/** Returns the first bearer token of a file. Throws OperatorError, which is shown with the target and names no path. */
export function readToken(path: string): string {
  return explained("its token file cannot be used", () => parseTokens(readSmallFile(path).text)[0]);
}

/** Puts what failed before the message of an OperatorError. */
export function explained<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    throw new OperatorError(`${what}: ${error.message}`, { cause: error.cause });
  }
}

export interface WatchedFile<T> {
  readonly value: T;
  /** Reads the file again if it has changed. Returns what is wrong with it, once for each version. */
  refresh(): { readonly changed: boolean; readonly error?: string };
}

/**
 * A version that cannot be used leaves the last one in force. Throws what `parse` throws, and OperatorError if the file
 * cannot be read: `cannot read PATH: there is no such file`.
 */
export function watchFile<T>(path: string, parse: (text: string) => T): WatchedFile<T> {
  const read = () => parse(explained(`cannot read ${path}`, () => readSmallFile(path).text));
  let seen = signature(path);
  let value = read();
  return {
    get value() {
      return value;
    },
    refresh() {
      const now = signature(path);
      if (now === seen) return { changed: false };
      seen = now;
      try {
        value = read();
        return { changed: true };
      } catch (error) {
        return { changed: false, error: (error as Error).message };
      }
    },
  };
}

function signature(path: string): string {
  try {
    const { ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
    return `${ino} ${size} ${mtimeNs} ${ctimeNs}`;
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}
