/**
 * The accepted bearer tokens (RFC 6750), from a file with one per line. Several allow replacing one without
 * interruption. Tokens are stored and compared as digests, so that the duration of a comparison reveals nothing.
 */
import { explained } from "../../../shared/operator-error.ts";
import { digestOf, parseTokens, type TokenDigests } from "../../../shared/tokens.ts";
import { type Watched, type WatchOptions, watchFiles } from "../../watched-files.ts";

const FLAG = "--token-file";

/** Throws OperatorError if the file cannot be used. */
export function watchTokenFile(
  path: string,
  report: WatchOptions<TokenDigests>["report"],
  lookSeconds?: number,
): Watched<TokenDigests> {
  const files = [{ flag: FLAG, path, isSecret: true }];
  return watchFiles({ files, make: ([text = ""]) => digestsOf(text), report, lookSeconds });
}

function digestsOf(text: string): TokenDigests {
  return explained(FLAG, () => parseTokens(text)).map(digestOf);
}
