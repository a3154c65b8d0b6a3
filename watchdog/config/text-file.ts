/** Files that the watchdog's user names: their texts, or why there is none. */
import { OperatorError } from "../../shared/operator-error.ts";
import { readSmallFile } from "../../shared/small-file.ts";
import { parseTokens } from "../../shared/tokens.ts";

/** Throws OperatorError: `cannot read PATH: there is no such file`. */
export function readText(path: string): string {
  return explained(`cannot read ${path}`, () => readSmallFile(path).text);
}

/** The first bearer token of a file. Throws OperatorError, which is shown with the target and names no path. */
export function readToken(path: string): string {
  return explained("its token file cannot be used", () => parseTokens(readSmallFile(path).text)[0]);
}

/** Puts before the message of an OperatorError what failed. */
export function explained<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    throw new OperatorError(`${what}: ${error.message}`, { cause: error.cause });
  }
}
