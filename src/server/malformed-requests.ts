/** What is wrong with a request's head and body that Node's parsers let pass. */
import type { IncomingMessage } from "node:http";
import type { Http2ServerRequest } from "node:http2";
import type { Answer, Request } from "./answer.ts";
import { headTooLong, wrongHosts } from "./error-responses.ts";
import { LIMITS } from "./limits.ts";

/** Undefined if nothing is wrong with the head. */
export function headError(request: Request): Answer | undefined {
  return "stream" in request ? http2HeadError(request) : http1HeadError(request);
}

/**
 * A missing `Host`, or a second one (RFC 9112, section 3.2): Node takes the first, and a proxy that passed the request on
 * may have looked at the other.
 */
function http1HeadError({ rawHeaders, httpVersion }: IncomingMessage): Answer | undefined {
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] as string;
    if (name.length === 4 && name.toLowerCase() === "host") hosts += 1;
  }
  return hosts === 1 || (hosts === 0 && httpVersion === "1.0") ? undefined : wrongHosts(hosts);
}

/**
 * Too long: Node holds a client to the length only once that has acknowledged the server's settings. A field counts for
 * 32 bytes and its name and value: RFC 9113, section 6.5.2.
 */
function http2HeadError({ rawHeaders }: Http2ServerRequest): Answer | undefined {
  let bytes = 0;
  for (const text of rawHeaders) bytes += 16 + text.length;
  return bytes > LIMITS.headerBytes ? headTooLong() : undefined;
}

/** Whether an RPC has an address: its library makes a URL of it. */
export function hasAuthority(request: Request): boolean {
  const authority = "authority" in request ? request.authority : request.headers.host;
  return authority !== undefined && URL.canParse(request.url ?? "", `http://${authority}`);
}

/** Whether the request itself says that its body is too long. */
export function announcesLongBody({ headers }: Request): boolean {
  return Number(headers["content-length"] ?? 0) > LIMITS.bodyBytes;
}

/**
 * Reads a body that nobody needs and discards it; false as soon as it is too long. Until it is read, a client of HTTP/2
 * may wait to send the rest, and its stream would be reset before it saw the answer.
 */
export async function hasShortBody(request: Request): Promise<boolean> {
  if (!mayHaveBody(request) || request.readableEnded || request.destroyed) return true;
  let bytes = 0;
  return await new Promise((resolve) => {
    request.on("data", function count(chunk: Buffer) {
      bytes += chunk.length;
      if (bytes <= LIMITS.bodyBytes) return;
      request.off("data", count);
      request.pause();
      resolve(false);
    });
    for (const end of ["end", "error", "close"]) request.once(end, () => resolve(true));
  });
}

/** HTTP/1.1 announces a body by one of two headers (RFC 9112, section 6.3), HTTP/2 by leaving the stream open. */
function mayHaveBody(request: Request): boolean {
  if ("stream" in request) return !request.stream.endAfterHeaders;
  return "content-length" in request.headers || "transfer-encoding" in request.headers;
}
