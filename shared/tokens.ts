/**
 * Parses a file of bearer tokens (RFC 6750): one token per line, and several while one replaces another. Blank lines and lines
 * that begin with `#` are ignored. The service accepts every token of its file. The watchdog sends the first of its own.
 */
import { hash, timingSafeEqual } from "node:crypto";
import { OperatorError } from "./operator-error.ts";

/** RFC 6750, section 2.1. */
const TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;
/** A shorter token can be guessed. */
const FEWEST_CHARACTERS = 16;

/** Returns at least one token. Throws OperatorError, which names the line but shows nothing of it. */
export function parseTokens(text: string): readonly [string, ...string[]] {
  const lines = text.split("\n").map((line, index) => ({ token: line.trim(), number: index + 1 }));
  const given = lines.filter(({ token }) => token !== "" && !token.startsWith("#"));
  for (const { token, number } of given) {
    if (!TOKEN.test(token))
      throw new OperatorError(`line ${number} is not a token: use letters, digits and -._~+/= only`);
    if (token.length < FEWEST_CHARACTERS)
      throw new OperatorError(
        `line ${number} is too short: a token needs at least ${FEWEST_CHARACTERS} characters`,
      );
  }
  const [first, ...others] = given.map(({ token }) => token);
  if (first === undefined)
    throw new OperatorError(
      "the file has no token: write one per line, for example the output of openssl rand -hex 32",
    );
  return [first, ...others];
}

/** SHA-256 of each token. */
export type TokenDigests = readonly Buffer[];

export function digestOf(token: string): Buffer {
  return hash("sha256", token, "buffer");
}

/** Whether an Authorization header has one of the tokens. Its duration reveals nothing, since all digests are compared. */
export function bearsToken(authorization: string | undefined, digests: TokenDigests): boolean {
  const token = /^Bearer +(\S+) *$/i.exec(authorization ?? "")?.[1];
  if (token === undefined) return false;
  const digest = digestOf(token);
  return digests.reduce((found, known) => timingSafeEqual(known, digest) || found, false);
}
