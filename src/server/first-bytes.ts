/**
 * What a connection without TLS speaks: an HTTP/2 client with prior knowledge begins with "PRI * HTTP/2.0" (RFC 9113,
 * section 3.4), and everything else is HTTP/1.1.
 */
import type { Socket } from "node:net";
import type { Protocol } from "./traffic/connection.ts";

const HTTP2_PREFACE_START = "PRI";

/** Calls back once as many bytes came as tell the protocol, with all of them put back into the socket. */
export function whenProtocolKnown(
  socket: Socket,
  known: (protocol: Protocol) => void,
  before = Buffer.alloc(0),
): void {
  socket.once("readable", () => {
    const more: Buffer | null = socket.read();
    if (more === null) return;
    const head = Buffer.concat([before, more]);
    const start = head.subarray(0, HTTP2_PREFACE_START.length).toString("latin1");
    if (start.length < HTTP2_PREFACE_START.length && HTTP2_PREFACE_START.startsWith(start)) {
      whenProtocolKnown(socket, known, head);
      return;
    }
    socket.unshift(head);
    known(start === HTTP2_PREFACE_START ? "http2" : "http1");
  });
}
