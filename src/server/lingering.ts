/** Closing a connection on which the client is still sending, so that it surely sees its answer. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import { LIMITS } from "./limits.ts";

const LINGER_MILLISECONDS = 1_000;

/** Less than what would cost the connection at once. */
const READ_BYTES = LIMITS.bytesPerSecondBesideRequests / 2;

/** Whether an answer with these headers ends a connection of HTTP/1.1 while its request is still coming. */
export function mustLinger(
  request: IncomingMessage | Http2ServerRequest,
  headers: Readonly<Record<string, unknown>>,
): request is IncomingMessage {
  return headers.connection === "close" && !request.complete;
}

/**
 * Sends the answer whole, and closes a little later. A socket that is closed with input unread is reset by the kernel,
 * and a reset takes back what the client has not read yet: RFC 9112, section 9.6. Some clients read only once they have
 * sent everything: some of what still comes is read, and thrown away.
 */
export function endLingering(
  request: IncomingMessage,
  response: ServerResponse | Http2ServerResponse,
  body: string | Buffer,
): void {
  (response as ServerResponse).write(body);
  const end = () => {
    clearTimeout(timer);
    (response as ServerResponse).end();
  };
  const timer = setTimeout(end, LINGER_MILLISECONDS);
  for (const event of ["end", "error", "close"]) request.once(event, end);
  let bytes = 0;
  request.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > READ_BYTES) request.pause();
  });
  request.resume();
}
