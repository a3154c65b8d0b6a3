/**
 * The names that a request may use for this machine. A web page can make its own name resolve to this machine (DNS
 * rebinding), and would then read its responses. But it cannot change the `Host` header that the browser sends.
 */
import { BlockList, isIP, isIPv6 } from "node:net";

/** RFC 9110, section 7.2: a name or an address, with an IPv6 address in brackets, and an optional port, which may be empty. */
const AUTHORITY = /^(?:\[([0-9a-f:.]+)\]|([^\s:@/[\]]{1,255}))(?::\d{0,5})?$/i;

export type HostVerdict = "allowed" | "unknown name" | "malformed";

/**
 * Returns a function that checks the authority of a request. `localhost` and loopback addresses are always allowed.
 * `anyAddress` allows every address, for a listener that other machines can reach: a page cannot use an address as
 * its own name.
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

/** Splits a request target. A proxy may send a whole URL, whose authority then replaces `Host`: RFC 9112, section 3.2.2. */
export function splitTarget(url = ""): { readonly authority: string | undefined; readonly target: string } {
  const [before = "", authority] = /^https?:\/\/([^/?]*)/i.exec(url) ?? [];
  return { authority, target: url.slice(before.length) };
}

/** Removes a trailing dot, which only marks a complete name: RFC 1034, section 3.1. */
function normalized(name: string): string {
  return name.toLowerCase().replace(/\.$/, "");
}

/** Loopback addresses: RFC 1122, section 3.2.1.3, and RFC 4291, section 2.5.3. */
const LOOPBACK = new BlockList();
LOOPBACK.addSubnet("127.0.0.0", 8, "ipv4");
LOOPBACK.addAddress("::1", "ipv6");

/** `address` must be an address, not a name. */
export function isLoopbackAddress(address: string): boolean {
  return LOOPBACK.check(address, isIPv6(address) ? "ipv6" : "ipv4");
}
