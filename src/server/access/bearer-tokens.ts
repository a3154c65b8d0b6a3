/**
 * The accepted bearer tokens (RFC 6750), from a file with one per line. Several allow replacing one without
 * interruption. Tokens are stored and compared as digests, so that the duration of a comparison reveals nothing.
 */
import { hash, timingSafeEqual } from "node:crypto";
import { explained } from "../../../shared/operator-error.ts";
import { parseTokens } from "../../../shared/tokens.ts";
import { type Watched, type WatchOptions, watchFiles } from "../../watched-files.ts";

/** SHA-256 of each token. */
export type TokenDigests = readonly Buffer[];

const FLAG = "--token-file";
const HEADER = /^Bearer +(\S+) *$/i;
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

/** Whether an Authorization header has one of the tokens. Always compares with all of them. */
export function bearsToken(authorization: string | undefined, digests: TokenDigests): boolean {
  const token = HEADER.exec(authorization ?? "")?.[1];
  if (token === undefined) return false;
  const digest = digestOf(token);
  return digests.reduce((found, known) => timingSafeEqual(known, digest) || found, false);
}

function digestOf(token: string): Buffer {
  return hash("sha256", token, "buffer");
}
