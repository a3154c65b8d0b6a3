/**
 * By which names a request may address this machine. A page in a browser can make its own name resolve to this machine (DNS
 * rebinding) and would then read what answers here, but it cannot change what the browser sends as `Host`.
 */
import { BlockList, isIP, isIPv6 } from "node:net";

/** RFC 9110, section 7.2: a name or an address, an IPv6 one in brackets, and any port, or none behind the colon. */
const AUTHORITY = /^(?:\[([0-9a-f:.]+)\]|([^\s:@/[\]]{1,255}))(?::\d{0,5})?$/i;

export type HostVerdict = "allowed" | "unknown name" | "malformed";

/**
 * `localhost` and loopback addresses are always allowed. With `anyAddress` so is every address, for a listener that others
 * reach: a page cannot have an address for its own name.
 */
export function hostChecker(
  names: readonly string[],
  { anyAddress = false } = {},
): (authority: string) => HostVerdict {
  const allowed = new Set([
    "localhost",
    ...names.map((name) => normalized(name.replace(/^\[(.*)\]$/, "$1"))),
  ]);
  return (authority) => {
    const [, ipv6, other] = AUTHORITY.exec(authority) ?? [];
    const name = ipv6 ?? other;
    if (name === undefined || (ipv6 !== undefined && isIP(ipv6) !== 6)) return "malformed";
    if (allowed.has(normalized(name))) return "allowed";
    return isIP(name) !== 0 && (anyAddress || isLoopbackAddress(name)) ? "allowed" : "unknown name";
  };
}

/** A request's target; a proxy may send the whole URL, whose authority then stands for `Host`: RFC 9112, section 3.2.2. */
export function splitTarget(url = ""): { readonly authority: string | undefined; readonly target: string } {
  const [before = "", authority] = /^https?:\/\/([^/?]*)/i.exec(url) ?? [];
  return { authority, target: url.slice(before.length) };
}

/** A trailing dot only says that the name is complete: RFC 1034, section 3.1. */
function normalized(name: string): string {
  return name.toLowerCase().replace(/\.$/, "");
}

/** What reaches only this machine: RFC 1122, section 3.2.1.3, and RFC 4291, section 2.5.3. */
const LOOPBACK = new BlockList();
LOOPBACK.addSubnet("127.0.0.0", 8, "ipv4");
LOOPBACK.addAddress("::1", "ipv6");

/** An address, not a name. */
export function isLoopbackAddress(address: string): boolean {
  return LOOPBACK.check(address, isIPv6(address) ? "ipv6" : "ipv4");
}
