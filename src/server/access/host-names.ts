/** Which requests are refused for the name by which they address this machine: ../../../shared/host-names.ts says why. */
import { Code } from "@connectrpc/connect";
import { hostChecker } from "../../../shared/host-names.ts";
import { type Answer, errorAnswer, type Request } from "../answer.ts";
import { badAuthority } from "../error-responses.ts";

const MALFORMED = badAuthority();

export interface HostOptions {
  /** Besides `localhost` and loopback addresses. */
  readonly names: readonly string[];
  /** Whether every address is allowed, as for a listener that others reach. */
  readonly anyAddress?: boolean;
}

/** One that names no host goes on: it comes from no browser. */
export function hostCheck({ names, ...options }: HostOptions): (request: Request) => Answer | undefined {
  const check = hostChecker(names, options);
  return (request) => {
    const authority = authorityOf(request);
    if (authority === undefined) return undefined;
    switch (check(authority)) {
      case "allowed":
        return undefined;
      case "malformed":
        return MALFORMED;
      case "unknown name":
        return errorAnswer(
          Code.PermissionDenied,
          `Host header ${JSON.stringify(authority)} is not allowed: add its name with --allowed-hosts`,
        );
    }
  };
}

/** A whole URL as the target says it in place of `Host`: RFC 9112, section 3.2.2. */
function authorityOf({ headers, url = "" }: Request): string | undefined {
  const whole = url.startsWith("/") ? undefined : /^https?:\/\/([^/?]*)/i.exec(url)?.[1];
  return whole ?? headers[":authority"]?.toString() ?? headers.host;
}
