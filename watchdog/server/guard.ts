/**
 * Who may ask: the page has no password, so that it must not be another site's to read or to use. The Host header is
 * held against known names, which DNS rebinding cannot bend, and what changes anything must come from the page itself.
 */
import type { IncomingMessage } from "node:http";

export const SECURITY_HEADERS = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
} as const;

const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"];

/** Whether the request asks for the watchdog by one of its names; its port may be a tunnel's. */
export function isOurHost({ headers }: IncomingMessage, names: readonly string[]): boolean {
  const name = hostName(headers.host ?? "");
  return LOOPBACK.includes(name) || names.some((known) => hostName(known) === name);
}

/** The name without the port, an IPv6 address in its brackets. */
function hostName(host: string): string {
  const text = host.toLowerCase();
  if (text.startsWith("[")) return text.slice(0, text.indexOf("]") + 1);
  return text.split(":").length > 2 ? `[${text}]` : (text.split(":")[0] ?? "");
}

/** Browsers say where a request comes from whenever it may change something; curl says nothing. */
export function isSameOrigin({ headers }: IncomingMessage): boolean {
  const site = headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin") return false;
  if (headers.origin === undefined) return true;
  return URL.canParse(headers.origin) && new URL(headers.origin).host === headers.host?.toLowerCase();
}
