/**
 * Access control. Reading needs no password, so pages of other sites must not read or use this one: the Host header is
 * checked against known names, which stops DNS rebinding. Requests that change something must come from the page itself,
 * and from this machine or with a token.
 */
import type { IncomingMessage } from "node:http";
import { type hostChecker, isLoopbackAddress, splitTarget } from "../../shared/host-names.ts";
import { bearsToken, digestOf } from "../../shared/tokens.ts";

export const SECURITY_HEADERS = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
} as const;

/** Returns whether the Host names the watchdog, exactly once. The port may be a tunnel's. Browsers always send a Host. */
export function isOurHost(
  { headersDistinct, url }: IncomingMessage,
  check: ReturnType<typeof hostChecker>,
): boolean {
  const [host, ...others] = headersDistinct.host ?? [];
  const name = splitTarget(url).authority ?? host;
  return others.length === 0 && (name === undefined || check(name) === "allowed");
}

/** Browsers send the origin of every request that may change something; curl sends none. */
export function isSameOrigin({ headers }: IncomingMessage): boolean {
  const site = headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin") return false;
  if (headers.origin === undefined) return true;
  return URL.canParse(headers.origin) && new URL(headers.origin).host === headers.host?.toLowerCase();
}

/** Without tokens, only this machine may; a proxy on it is responsible for its clients. */
export function mayChange({ headers, socket }: IncomingMessage, tokens?: readonly string[]): boolean {
  if (!tokens) return isLoopbackAddress((socket.remoteAddress ?? "").replace(/^::ffff:/, ""));
  return bearsToken(headers.authorization, tokens.map(digestOf));
}
