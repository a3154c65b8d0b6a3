/** Bodies that are longer than may be, and those that nobody needs. */
import type { Request } from "./answer.ts";
import { LIMITS } from "./limits.ts";

/**
 * Reads a body that nobody needs and throws it away; false as soon as it is too long. Until it is read, the client of
 * HTTP/2 may wait to send the rest, and its stream would be reset before it saw the answer.
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

/** Whether the request itself tells that its body is too long. */
export function announcesLongBody({ headers }: Request): boolean {
  return Number(headers["content-length"] ?? 0) > LIMITS.bodyBytes;
}

/** HTTP/1.1 announces a body by one of two headers (RFC 9112, section 6.3), HTTP/2 by leaving the stream open. */
function mayHaveBody(request: Request): boolean {
  if ("stream" in request) return !request.stream.endAfterHeaders;
  return "content-length" in request.headers || "transfer-encoding" in request.headers;
}
