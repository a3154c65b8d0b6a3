/**
 * By which names a request may call this host. A page in a browser on this machine can have its own name resolve to
 * 127.0.0.1 (DNS rebinding), and then reads what answers there; it cannot change what the browser sends as `Host`.
 */
import { isIP } from "node:net";
import { Code } from "@connectrpc/connect";
import { type Answer, errorAnswer, type Request } from "../answer.ts";
import { badAuthority } from "../refusals.ts";
import { isLoopbackAddress } from "./loopback.ts";

/** RFC 9110, section 7.2: a name or an address, an IPv6 one in brackets, and any port. */
const AUTHORITY = /^(?:\[([0-9a-f:.]+)\]|([^\s:@/[\]]+))(?::\d{1,5})?$/i;

const WRONG_HOST = errorAnswer(
  Code.PermissionDenied,
  "this host is not known by the name that the request calls it by; see --allowed-hosts",
);
const NO_HOST = badAuthority();

/**
 * Why a request is refused: it calls this host by neither a loopback name nor one of those configured. One that calls it
 * by nothing goes on, since it comes from no browser.
 */
export function hostCheck(configured: readonly string[]): (request: Request) => Answer | undefined {
  const names = new Set(configured.map((name) => name.toLowerCase().replace(/^\[(.*)\]$/, "$1")));
  return (request) => {
    const authority = authorityOf(request);
    if (authority === undefined) return undefined;
    const [, ipv6, other] = AUTHORITY.exec(authority) ?? [];
    const name = (ipv6 ?? other)?.toLowerCase();
    if (name === undefined) return NO_HOST;
    return isLoopbackName(name) || names.has(name) ? undefined : WRONG_HOST;
  };
}

/** A whole URL as the target says it in place of `Host`: RFC 9112, section 3.2.2. */
function authorityOf({ headers, url = "" }: Request): string | undefined {
  const whole = url.startsWith("/") ? undefined : /^https?:\/\/([^/?]*)/i.exec(url)?.[1];
  return whole ?? headers[":authority"]?.toString() ?? headers.host;
}

function isLoopbackName(name: string): boolean {
  return name === "localhost" || (isIP(name) !== 0 && isLoopbackAddress(name));
}
