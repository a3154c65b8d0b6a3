/**
 * The bearer tokens that may read (RFC 6750), from a file with one a line, several at once while one replaces another.
 * Kept and compared as digests, so that the time that a comparison takes tells nothing of a token.
 */
import { hash, timingSafeEqual } from "node:crypto";
import { FileFault, type Watched, type WatchOptions, watchFiles } from "../../watched-files.ts";

/** SHA-256 of each token. */
export type TokenDigests = readonly Buffer[];

const FLAG = "--token-file";
/** RFC 6750, section 2.1. */
const TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;
const HEADER = /^Bearer +(\S+) *$/i;
/** What is shorter can be guessed. */
const FEWEST_CHARACTERS = 16;

/** Throws FileFault where the file cannot be used. */
export function watchTokenFile(
  path: string,
  report: WatchOptions<TokenDigests>["report"],
  lookSeconds?: number,
): Watched<TokenDigests> {
  const files = [{ flag: FLAG, path, isSecret: true }];
  return watchFiles({ files, make: ([text = ""]) => digestsOf(text), report, lookSeconds });
}

function digestsOf(text: string): TokenDigests {
  const lines = text.split("\n").map((line, index) => ({ token: line.trim(), number: index + 1 }));
  const given = lines.filter(({ token }) => token !== "" && !token.startsWith("#"));
  if (given.length === 0)
    throw new FileFault(
      `${FLAG}: there is no token in it; write one a line, such as of openssl rand -hex 32`,
    );
  for (const { token, number } of given) {
    if (!TOKEN.test(token))
      throw new FileFault(`${FLAG}: line ${number} is no token; it takes letters, digits and -._~+/=`);
    if (token.length < FEWEST_CHARACTERS)
      throw new FileFault(
        `${FLAG}: line ${number} has fewer than ${FEWEST_CHARACTERS} characters; take more`,
      );
  }
  return given.map(({ token }) => digestOf(token));
}

/** Whether an Authorization header bears one of the tokens. It looks at all of them, whichever it is. */
export function bearsToken(authorization: string | undefined, digests: TokenDigests): boolean {
  const token = HEADER.exec(authorization ?? "")?.[1];
  if (token === undefined) return false;
  const digest = digestOf(token);
  return digests.reduce((found, known) => timingSafeEqual(known, digest) || found, false);
}

function digestOf(token: string): Buffer {
  return hash("sha256", token, "buffer");
}
