/** Closing a connection on which the client is still sending, so that it surely sees its answer. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import type { Socket } from "node:net";
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

/** How much had been read of each connection whose input was refused. */
const readBefore = new WeakMap<Socket, number>();

/** The same for a connection whose input Node's parser refused: it refuses, and so throws away, all that still comes. */
export function endRefused(socket: Socket, answer: string): void {
  readBefore.set(socket, socket.bytesRead);
  socket.end(answer);
  const timer = setTimeout(() => socket.destroy(), LINGER_MILLISECONDS);
  socket.once("close", () => clearTimeout(timer));
}

/** Whether more of its input is refused of a connection that was told already; too much more ends it. */
export function isToldAlready(socket: Socket): boolean {
  const before = readBefore.get(socket);
  if (before === undefined) return false;
  if (socket.bytesRead - before > READ_BYTES) socket.destroy();
  return true;
}
