/** What was received on a connection of HTTP/1.1 that has been cut is not looked at any more. */
import type { Request } from "../answer.ts";

/** Node's parser, which the types leave out: what it hands each request to, and what that tells it to do then. */
interface Parsing {
  readonly parser?: { onIncoming: () => number } | null;
}

/** As after an upgrade: what follows is no HTTP, and is left alone (llhttp, `on_headers_complete`). */
const LEAVE_THE_REST = 2;

/**
 * To be called within a request's event, once its socket is destroyed. Node hands such a socket's input on to the end of
 * the piece that it was received in: one of 64 KiB holds a thousand requests, each with a stack trace of its own.
 */
export function stopParsing(request: Request): void {
  if ("stream" in request) return;
  const { parser } = request.socket as Parsing;
  if (parser) parser.onIncoming = () => LEAVE_THE_REST;
}
