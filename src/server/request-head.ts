/**
 * What is wrong with a request's head that its parser lets pass. Of HTTP/1.1 a `Host` that is missing, or one more (RFC
 * 9112, section 3.2): Node takes the first, and whoever passed the request on may have looked at the other. Of HTTP/2
 * the length: Node holds a client to it only once that has acknowledged the server's settings.
 */
import type { IncomingMessage } from "node:http";
import type { Http2ServerRequest } from "node:http2";
import type { Answer, Request } from "./answer.ts";
import { LIMITS } from "./limits.ts";
import { headTooLong, wrongHosts } from "./refusals.ts";

/** Undefined where nothing is wrong. */
export function headFault(request: Request): Answer | undefined {
  return "stream" in request ? faultOfHttp2(request) : faultOfHttp1(request);
}

function faultOfHttp1({ rawHeaders, httpVersion }: IncomingMessage): Answer | undefined {
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] as string;
    if (name.length === 4 && name.toLowerCase() === "host") hosts += 1;
  }
  return hosts === 1 || (hosts === 0 && httpVersion === "1.0") ? undefined : wrongHosts(hosts);
}

/** A field counts as RFC 9113, section 6.5.2, has it: 32 bytes and its name and value. */
function faultOfHttp2({ rawHeaders }: Http2ServerRequest): Answer | undefined {
  let bytes = 0;
  for (const text of rawHeaders) bytes += 16 + text.length;
  return bytes > LIMITS.headerBytes ? headTooLong() : undefined;
}
