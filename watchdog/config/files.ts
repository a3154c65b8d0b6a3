/** Reads the files that the user configures, and rereads those that change. */
import type { Logger } from "../../shared/log.ts";
import { explained, OperatorError } from "../../shared/operator-error.ts";
import { readSmallFile, signature } from "../../shared/small-file.ts";
import { parseTokens } from "../../shared/tokens.ts";

/** Returns the first bearer token of a file. Throws OperatorError without the path, since the page shows it with the target. */
export function readToken(path: string): string {
  return explained("its token file cannot be used", () => parseTokens(readSmallFile(path).text)[0]);
}

/** Returns every bearer token of the file of `--silence-token-file`. Throws OperatorError. */
export function readTokens(path: string): readonly string[] {
  return explained("--silence-token-file cannot be used", () => parseTokens(readSmallFile(path).text));
}

/** Returns the only line of a file. Throws OperatorError, which contains nothing of the file. */
export function readSecret(path: string): string {
  const [line = "", ...more] = readSmallFile(path).text.trim().split("\n");
  if (line === "" || more.length > 0) throw new OperatorError("it must hold one line");
  return line;
}

/**
 * Returns a function that gives the parsed contents of a file and rereads it when it changes; without a path it gives `absent`.
 * Errors in a changed file are logged once, and the last contents stay. The first read throws what `parse` throws, or
 * OperatorError if the file cannot be read: `cannot read PATH: no such file`.
 */
export function watchFile<T>(
  path: string | null,
  parse: (text: string, name: string) => T,
  absent: T,
  logger: Logger,
): () => T {
  if (path === null) return () => absent;
  const read = () =>
    parse(
      explained(`cannot read ${path}`, () => readSmallFile(path).text),
      path,
    );
  let seen = signature(path);
  let value = read();
  return () => {
    const now = signature(path);
    if (now === seen) return value;
    seen = now;
    try {
      value = read();
      logger.info("reread a changed file");
    } catch (error) {
      const { message: fault } = error as Error;
      logger.error({ fault }, "a changed file has errors; its last version stays in force");
    }
    return value;
  };
}
