/**
 * One port, or one Unix socket, for HTTP/1.1 and HTTP/2. Over TLS the client says by ALPN which it speaks; without, its
 * first bytes do.
 */
import http from "node:http";
import http2 from "node:http2";
import net from "node:net";
import type { Watched } from "../watched-files.ts";
import { whenProtocolKnown } from "./first-bytes.ts";
import type { Handler } from "./handler.ts";
import { createTlsServer, type TlsIdentity } from "./tls-server.ts";
import { listenOnSocket, type UnixSocket } from "./unix-socket.ts";

/** A connection that says nothing for so long is closed; HTTP has timeouts of its own after that. */
const SILENCE_MILLISECONDS = 60_000;

export interface TcpPort {
  /** An address, or a name that has one. */
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
}

export interface ListenOptions {
  readonly handler: Handler;
  readonly place: TcpPort | UnixSocket;
  /** Undefined: without TLS. */
  readonly tls?: Watched<TlsIdentity> | undefined;
}

export interface Listener {
  /** Such as `http://127.0.0.1:9977`, `https://[::1]:9977`, `unix:/run/orch-metrics/socket`. */
  readonly url: string;
  /** Stops accepting, lets what runs finish for at most so long, then cuts what is left. */
  close(graceMilliseconds: number): Promise<void>;
}

/** Rejects with the system's error (EADDRINUSE, EACCES, ENOTFOUND, …) where it cannot listen. */
export async function listen({ handler, place, tls }: ListenOptions): Promise<Listener> {
  const http1 = http.createServer(handler);
  const http2Server = http2.createServer(handler);
  const sessions = new Set<http2.ServerHttp2Session>();
  const sockets = new Set<net.Socket>();
  const silent = new Set<net.Socket>();
  http2Server.on("session", (session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
  });
  // It never listens itself, yet keeps track of its connections, and so can close idle ones, only after this.
  http1.emit("listening");

  const serve = (socket: net.Socket, isHttp2: boolean) =>
    (isHttp2 ? http2Server : http1).emit("connection", socket);

  function serveByFirstBytes(socket: net.Socket): void {
    silent.add(socket);
    socket.once("close", () => silent.delete(socket));
    socket.setTimeout(SILENCE_MILLISECONDS, () => socket.destroy());
    whenProtocolKnown(socket, (isHttp2) => {
      silent.delete(socket);
      socket.setTimeout(0);
      socket.removeAllListeners("timeout");
      serve(socket, isHttp2);
    });
  }

  const server = tls ? createTlsServer(tls) : net.createServer(serveByFirstBytes);
  // With TLS this is the connection below it, before the handshake.
  server.prependListener("connection", (socket: net.Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
  });
  server.on("secureConnection", (socket) => serve(socket, socket.alpnProtocol === "h2"));

  await listenAt(server, place);
  return {
    url: urlOf(server, tls ? "https" : "http"),
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

async function listenAt(server: net.Server, place: TcpPort | UnixSocket): Promise<void> {
  if ("path" in place) return listenOnSocket(server, place);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(place.port, place.host, resolve);
  });
}

function urlOf(server: net.Server, scheme: string): string {
  const bound = server.address() as net.AddressInfo | string;
  if (typeof bound === "string") return `unix:${bound}`;
  const { address, port } = bound;
  return `${scheme}://${address.includes(":") ? `[${address}]` : address}:${port}`;
}
