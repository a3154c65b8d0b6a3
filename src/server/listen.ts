/**
 * One port for HTTP/1.1 and for HTTP/2 without TLS: the first bytes of a connection tell which it is, since
 * an HTTP/2 client with prior knowledge begins with "PRI * HTTP/2.0" (RFC 9113, section 3.4).
 */
import http from "node:http";
import http2 from "node:http2";
import net from "node:net";
import type { Handler } from "./handler.ts";

const HTTP2_PREFACE_START = "PRI";
/** A connection that says nothing for so long is closed; HTTP has timeouts of its own after that. */
const SILENCE_MILLISECONDS = 60_000;

export interface ListenOptions {
  readonly handler: Handler;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
}

export interface Listener {
  readonly host: string;
  readonly port: number;
  /** Stops accepting, lets what runs finish for at most so long, then cuts what is left. */
  close(graceMilliseconds: number): Promise<void>;
}

/** Rejects with the system's error (EADDRINUSE, EACCES, ENOTFOUND, …) where it cannot listen. */
export async function listen({ handler, host, port }: ListenOptions): Promise<Listener> {
  const http1 = http.createServer(handler);
  const http2Server = http2.createServer(handler);
  const sessions = new Set<http2.ServerHttp2Session>();
  const sockets = new Set<net.Socket>();
  http2Server.on("session", (session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
  });
  // It never listens itself, yet keeps track of its connections, and so can close idle ones, only after this.
  http1.emit("listening");

  const silent = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    silent.add(socket);
    socket.once("close", () => {
      sockets.delete(socket);
      silent.delete(socket);
    });
    socket.on("error", () => socket.destroy());
    socket.setTimeout(SILENCE_MILLISECONDS, () => socket.destroy());
    whenProtocolKnown(socket, (isHttp2) => {
      silent.delete(socket);
      socket.setTimeout(0);
      socket.removeAllListeners("timeout");
      (isHttp2 ? http2Server : http1).emit("connection", socket);
    });
  });

  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  const address = server.address() as net.AddressInfo;

  return {
    host: address.address,
    port: address.port,
    async close(graceMilliseconds) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      http1.close();
      http1.closeIdleConnections();
      for (const session of sessions) session.close();
      for (const socket of silent) socket.destroy();
      const cut = setTimeout(() => {
        for (const socket of sockets) socket.destroy();
      }, graceMilliseconds);
      await closed;
      clearTimeout(cut);
    },
  };
}

/** Calls back once as many bytes came as tell the protocol, with all of them put back into the socket. */
function whenProtocolKnown(socket: net.Socket, known: (isHttp2: boolean) => void, before = Buffer.alloc(0)) {
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
    known(start === HTTP2_PREFACE_START);
  });
}
