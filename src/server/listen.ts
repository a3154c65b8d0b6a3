/**
 * Listens on one port or one Unix socket for HTTP/1.1 and HTTP/2. With TLS, ALPN selects the protocol. Without, the
 * client's first bytes do.
 */
import http, { type ServerResponse, STATUS_CODES } from "node:http";
import http2 from "node:http2";
import net from "node:net";
import type { Watched } from "../watched-files.ts";
import type { Handler } from "./answer.ts";
import type { Connections, Protocol } from "./connections.ts";
import { HTTP2_OPTIONS, http1Options, type TimeLimits } from "./limits.ts";
import { createTlsServer, type TlsIdentity } from "./tls-server.ts";
import { listenOnSocket, type UnixSocket } from "./unix-socket.ts";

/** A host with a port, of which 0 means any free one, or a Unix socket. */
export type Place = { readonly host: string; readonly port: number } | UnixSocket;

export interface ListenOptions {
  readonly handler: Handler;
  readonly connections: Connections;
  readonly times: TimeLimits;
  readonly place: Place;
  /** Undefined: no TLS. */
  readonly tls?: Watched<TlsIdentity> | undefined;
}

export interface Listener {
  /** For example `http://127.0.0.1:9977`, `https://[::1]:9977` or `unix:/run/orch-metrics/socket`. */
  readonly url: string;
  /** Stops accepting, lets running requests finish within the grace period, then closes the rest. */
  close(graceMilliseconds: number): Promise<void>;
}

/** Rejects with the system's error (EADDRINUSE, EACCES, ENOTFOUND, …) if it cannot listen. */
export async function listen({ handler, connections, times, place, tls }: ListenOptions): Promise<Listener> {
  const limited = connections.limit(handler);
  const http1 = http.createServer(http1Options(times), limited);
  http1.on("clientError", refuse);
  const http2Server = http2.createServer(HTTP2_OPTIONS, limited);
  // Node would refuse an unknown `Expect` header without a message.
  for (const protocol of [http1, http2Server]) protocol.on("checkExpectation", limited);
  const sessions = new Set<http2.ServerHttp2Session>();
  http2Server.on("session", (session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
  });
  // This server never listens itself. Only after this event does it track its connections and close idle ones.
  http1.emit("listening");

  function serve(socket: net.Socket, protocol: Protocol): void {
    connections.identify(socket, protocol);
    if (protocol === "http1") closeGracefully(socket);
    (protocol === "http2" ? http2Server : http1).emit("connection", socket);
  }

  const server = tls
    ? createTlsServer(tls, times)
    : net.createServer((socket) => sniffProtocol(socket, (protocol) => serve(socket, protocol)));

  // With TLS this is the TCP connection, before the handshake.
  server.prependListener("connection", (socket: net.Socket) => {
    connections.accept(socket);
    socket.on("error", () => socket.destroy());
  });
  server.on("secureConnection", (socket) => serve(socket, socket.alpnProtocol === "h2" ? "http2" : "http1"));

  await listenAt(server, place);
  return {
    url: urlOf(server, tls ? "https" : "http"),
    async close(graceMilliseconds) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      http1.close();
      http1.closeIdleConnections();
      for (const session of sessions) session.close();
      connections.closeSilent();
      const cut = setTimeout(() => connections.closeAll(), graceMilliseconds);
      await closed;
      clearTimeout(cut);
      connections.closeAll();
    },
  };
}

async function listenAt(server: net.Server, place: Place): Promise<void> {
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

/** The start of the HTTP/2 connection preface, "PRI * HTTP/2.0" (RFC 9113, section 3.4). */
const HTTP2_PREFACE_START = "PRI";

/** Calls back once enough bytes have arrived to identify the protocol, after putting them back into the socket. */
function sniffProtocol(
  socket: net.Socket,
  known: (protocol: Protocol) => void,
  before = Buffer.alloc(0),
): void {
  socket.once("readable", () => {
    const more: Buffer | null = socket.read();
    if (more === null) return;
    const head = Buffer.concat([before, more]);
    const start = head.subarray(0, HTTP2_PREFACE_START.length).toString("latin1");
    if (start.length < HTTP2_PREFACE_START.length && HTTP2_PREFACE_START.startsWith(start)) {
      sniffProtocol(socket, known, head);
      return;
    }
    socket.unshift(head);
    known(start === HTTP2_PREFACE_START ? "http2" : "http1");
  });
}

const LINGER_MILLISECONDS = 1_000;

/**
 * Makes an HTTP/1.1 connection close so that the client receives its response. The kernel resets a socket that is
 * closed with unread input, and a reset discards what the client has not read yet: RFC 9112, section 9.6.
 *
 * Node calls `destroySoon` after the last response. This replacement ends the sending side and waits briefly for the
 * client to do the same. Further input is read and discarded, since some clients read only once they have sent
 * everything.
 */
function closeGracefully(socket: net.Socket): void {
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

/** For `clientError`: sends the response that Node would send to unparsable input, but closes gracefully. */
function refuse({ code = "" }: NodeJS.ErrnoException, socket: net.Socket): void {
  // The event also occurs after the response.
  if (socket.writableEnded) return;
  const { _httpMessage: answer } = socket as net.Socket & { _httpMessage?: ServerResponse };
  if (!socket.writable || answer?.headersSent) {
    socket.destroy();
    return;
  }
  const status = STATUSES[code] ?? 400;
  socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\n\r\n`);
  socket.destroySoon();
}
