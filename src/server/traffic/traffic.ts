/**
 * Holds every connection to the limits that Node does not know; for HTTP/1.1 that is slow or idle it has its own. Who
 * exceeds one loses its connection; at a limit that all share it is the one that is missed least, never the newcomer.
 */
import type { ServerHttp2Session } from "node:http2";
import type { Socket } from "node:net";
import type { Response } from "../answer.ts";
import type { Handler } from "../handler.ts";
import { LIMITS, type TimeLimits } from "../limits.ts";
import {
  type Connection,
  type CutReason,
  connectionBeneath,
  connectionOf,
  mark,
  type Protocol,
} from "./connection.ts";
import { createExchanges } from "./exchanges.ts";
import { leastMissed } from "./least-missed.ts";
import { stopParsing } from "./stop-parsing.ts";

/** So long a client of HTTP/2 may take to leave once it was told to. */
const FAREWELL_SECONDS = 5;

export interface TrafficOptions {
  readonly maxConnections: number;
  readonly times: TimeLimits;
  readonly onCut: (reason: CutReason) => void;
}

export interface Traffic {
  /** To be called with each socket as it is accepted. */
  admit(socket: Socket): void;
  /** To be called once it is known what it speaks, and through which socket: its own, or TLS's over it. */
  speaks(socket: Socket, protocol: Protocol): void;
  /** To be called with each session of HTTP/2. */
  hasSession(session: ServerHttp2Session): void;
  /** The handler, for requests that keep to the limits. */
  limit(handler: Handler): Handler;
  /** To be called before so many bytes of an answer are written. */
  sending(response: Response, bytes: number): void;
  /** To be called with the answer of a call that streams: it may last. */
  lasts(response: Response): void;
  /** Lets go of every connection of which nobody knows yet what it speaks. */
  closeSilent(): void;
  /** Cuts every connection. */
  closeAll(): void;
}

export function createTraffic({ maxConnections, times, onCut }: TrafficOptions): Traffic {
  const connections = new Set<Connection>();
  const exchanges = createExchanges(cut, times);
  const looking = setInterval(look, times.lookSeconds * 1000).unref();

  function forget(connection: Connection): void {
    if (!connections.delete(connection)) return;
    exchanges.endAll(connection);
  }

  function cut(connection: Connection, reason?: CutReason): void {
    if (!connections.has(connection)) return;
    forget(connection);
    connection.socket.destroy();
    if (reason) onCut(reason);
  }

  function look(): void {
    const now = performance.now();
    exchanges.look(now);
    for (const connection of connections) lookAt(connection, now);
  }

  function lookAt(connection: Connection, now: number): void {
    const { socket, protocol, session, idleSince, newRequests } = connection;
    const sent = socket.bytesRead - connection.bytesRead;
    connection.bytesRead = socket.bytesRead;
    connection.newRequests = 0;
    // What a request takes at most is its headers and its body, with a little for framing.
    const expected = newRequests * 2 * (LIMITS.headerBytes + LIMITS.bodyBytes);
    if (sent > expected + LIMITS.bytesPerSecondBesideRequests * times.lookSeconds)
      cut(connection, "too much was sent that is no request");
    if (connection.exchanges.length > 0) return;
    const silentSeconds = (now - idleSince) / 1000;
    if (protocol === undefined && silentSeconds > times.headerSeconds) cut(connection);
    if (protocol !== "http2" || silentSeconds < times.idleSeconds) return;
    // It is told by GOAWAY, so that a request that is on its way is sent again elsewhere.
    if (silentSeconds > times.idleSeconds + FAREWELL_SECONDS) cut(connection);
    else session?.close();
  }

  return {
    admit(socket) {
      const now = performance.now();
      if (connections.size >= maxConnections) {
        const least = leastMissed(connections, now);
        if (least) cut(least, "as many were open as may be, and it was silent longest");
      }
      const connection: Connection = {
        socket,
        protocol: undefined,
        session: undefined,
        idleSince: now,
        hasAsked: false,
        exchanges: [],
        waiting: [],
        newRequests: 0,
        bytesRead: 0,
      };
      connections.add(connection);
      socket.once("close", () => forget(connection));
      mark(socket, connection);
    },
    speaks(socket, protocol) {
      const connection = connectionBeneath(socket);
      if (!connection) return;
      connection.protocol = protocol;
      mark(socket, connection);
    },
    hasSession(session) {
      const connection = connectionBeneath(session.socket);
      if (connection) connection.session = session;
    },
    limit(handler) {
      const take: Handler = (request, response) => {
        const connection = connectionOf(request);
        if (!connection || !connections.has(connection)) return stopParsing(request);
        connection.newRequests += 1;
        if (connection.protocol === "http1" && connection.exchanges.length >= LIMITS.pipelinedRequests) {
          cut(connection, "too many requests were sent without waiting for answers");
          return stopParsing(request);
        }
        const isFirst = connection.exchanges.length === 0;
        exchanges.begin(connection, response as Response, performance.now());
        const begin = () => {
          if (connections.has(connection)) handler(request, response);
        };
        if (connection.protocol !== "http1") return begin();
        // It is answered in its turn, and so it is worked on in its turn: a connection never costs more than one request.
        response.once("close", () => connection.waiting.shift()?.());
        if (isFirst) begin();
        else connection.waiting.push(begin);
      };
      return (request, response) => {
        if (!("stream" in request)) return take(request, response);
        // A stream that is opened and reset in one piece of input (CVE-2023-44487) then costs nothing more.
        setImmediate(() => {
          if (!request.stream.closed && !request.stream.destroyed) take(request, response);
        });
      };
    },
    sending: exchanges.sending,
    lasts: exchanges.lasts,
    closeSilent() {
      for (const { protocol, socket } of connections) if (protocol === undefined) socket.destroy();
    },
    closeAll() {
      clearInterval(looking);
      for (const { socket } of connections) socket.destroy();
    },
  };
}
