/**
 * Who may ask: reading takes no password, so that the page must not be another site's to read or to use. The Host header is
 * held against known names, which DNS rebinding cannot bend. What changes anything must come from the page itself, and from
 * this machine or with a token.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { type hostChecker, isLoopbackAddress, splitTarget } from "../../shared/host-names.ts";

export const SECURITY_HEADERS = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
} as const;

/** Whether the request names the watchdog, and once: its port may be a tunnel's. No browser leaves the name out. */
export function isOurHost(
  { headersDistinct, url }: IncomingMessage,
  check: ReturnType<typeof hostChecker>,
): boolean {
  const [host, ...others] = headersDistinct.host ?? [];
  const name = splitTarget(url).authority ?? host;
  return others.length === 0 && (name === undefined || check(name) === "allowed");
}

/** Browsers say where a request comes from whenever it may change something; curl says nothing. */
export function isSameOrigin({ headers }: IncomingMessage): boolean {
  const site = headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin") return false;
  if (headers.origin === undefined) return true;
  return URL.canParse(headers.origin) && new URL(headers.origin).host === headers.host?.toLowerCase();
}

/** Without tokens, only from this machine; a proxy on it answers for those behind it. */
export function mayChange({ headers, socket }: IncomingMessage, tokens?: readonly string[]): boolean {
  if (!tokens) return isLoopbackAddress((socket.remoteAddress ?? "").replace(/^::ffff:/, ""));
  const [, given = ""] = /^Bearer +(\S+)$/i.exec(headers.authorization ?? "") ?? [];
  // Hashes are of one length, and tell nothing by the time that it takes to compare them.
  return tokens.some((token) => timingSafeEqual(sha256(token), sha256(given)));
}

const sha256 = (text: string) => createHash("sha256").update(text).digest();
