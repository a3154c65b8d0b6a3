/**
 * Closes a connection of HTTP/1.1 so that the client sees its answer. The kernel resets a socket that is closed with
 * unread input, and a reset discards what the client has not read yet: RFC 9112, section 9.6.
 */
import { type ServerResponse, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";

const LINGER_MILLISECONDS = 1_000;

/**
 * Node closes by `destroySoon` after an answer that is the last. From now on that ends the sending side, and waits a
 * little for the client to do the same. What still comes is read and discarded: some clients read only once they have
 * sent everything.
 */
export function closeGracefully(socket: Socket): void {
  socket.destroySoon = () => {
    if (socket.writableEnded) return;
    socket.end();
    const timer = setTimeout(() => socket.destroy(), LINGER_MILLISECONDS);
    socket.once("close", () => clearTimeout(timer));
  };
}

const STATUSES: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/** For `clientError`: answers what Node's parser refuses as Node itself does, which would close at once. */
export function refuse({ code = "" }: NodeJS.ErrnoException, socket: Socket): void {
  // It still comes after the answer.
  if (socket.writableEnded) return;
  const { _httpMessage: answer } = socket as Socket & { _httpMessage?: ServerResponse };
  if (!socket.writable || answer?.headersSent) {
    socket.destroy();
    return;
  }
  const status = STATUSES[code] ?? 400;
  socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\n\r\n`);
  socket.destroySoon();
}
