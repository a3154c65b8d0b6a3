/**
 * Enforces the connection limits that Node lacks. A client that exceeds its own limit loses its connection. At a
 * limit that all clients share, the least useful connection is closed, never the newcomer: docs/adr/0017.
 */
import type { Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Handler, Request, Response } from "./answer.ts";
import { LIMITS, type TimeLimits } from "./limits.ts";

export type Protocol = "http1" | "http2";

/** Why a connection was closed, as it appears in the log. */
export type CloseReason =
  | "too many connections were open, and it was idle longest"
  | "a request or the reading of its response took too long"
  | "too many bytes were waiting for clients that do not read, and its waited longest"
  | "too many requests were in progress, and it had the oldest"
  | "too many requests were sent without waiting for responses"
  | "too much data was sent outside requests";

interface Connection {
  /** The accepted socket, below TLS. */
  readonly socket: Socket;
  /** Undefined until TLS or the first bytes determine it. */
  protocol: Protocol | undefined;
  /** When it was opened or its last request ended, in milliseconds of the monotonic clock. */
  idleSince: number;
  /** Whether a request has ended on it. */
  hasAsked: boolean;
  /** Oldest first. */
  readonly requests: Set<RequestInProgress>;
  /** HTTP/1.1: starts the work on requests whose turn has not come, in order. */
  readonly queue: (() => void)[];
  /** HTTP/2: resumes responses that wait until the client has read another. */
  readonly held: (() => void)[];
  /** Requests since the last check, and the socket's `bytesRead` at that time. */
  newRequests: number;
  bytesRead: number;
}

/** Lasts from the end of the headers until the response was sent, or either side gave up. */
interface RequestInProgress {
  readonly connection: Connection;
  readonly response: Response;
  readonly began: number;
  isStreaming: boolean;
  /** Set while its response is prepared. */
  endTurn: (() => void) | undefined;
}

/** Stored on the socket itself, since an HTTP/2 session exposes its socket through a proxy, which cannot be a map key. */
const CONNECTION = Symbol("connection");
const REQUEST = Symbol("request");
/** Node exposes the socket below TLS only as `_parent`. */
type MarkedSocket = { [CONNECTION]?: Connection; _parent?: MarkedSocket };
type MarkedRequest = { [REQUEST]?: RequestInProgress };

/** A connection that was opened or used more recently is not idle. */
const FRESH_MILLISECONDS = 1_000;

/** What the handler reports about its requests. */
export type RequestLimits = Pick<Connections, "turnToAnswer" | "markAnswered" | "startStreaming">;

export interface ConnectionOptions {
  readonly maxConnections: number;
  readonly times: TimeLimits;
  /** Called with the reason when a connection is closed, but not for an idle one. */
  readonly onClose: (reason: CloseReason) => void;
}

export class Connections {
  readonly #options: ConnectionOptions;
  /** Least recently used first. */
  readonly #connections = new Set<Connection>();
  /** Oldest first. */
  readonly #requests = new Set<RequestInProgress>();
  #streaming = 0;
  /** Resolves at the end of the last turn to prepare a response. */
  #turns: Promise<void> = Promise.resolve();
  readonly #timer: NodeJS.Timeout;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#look(), options.times.lookSeconds * 1000).unref();
  }

  /** Registers a socket when it is accepted. */
  accept(socket: Socket): void {
    const now = performance.now();
    if (this.#connections.size >= this.#options.maxConnections) {
      const candidate = this.#evictionCandidate(now);
      if (candidate) this.#close(candidate, "too many connections were open, and it was idle longest");
    }
    const connection: Connection = {
      socket,
      protocol: undefined,
      idleSince: now,
      hasAsked: false,
      requests: new Set(),
      queue: [],
      held: [],
      newRequests: 0,
      bytesRead: 0,
    };
    this.#connections.add(connection);
    socket.once("close", () => this.#forget(connection));
    (socket as MarkedSocket)[CONNECTION] = connection;
  }

  /** Records the protocol of a connection, and the socket it uses: the accepted one, or the TLS socket over it. */
  identify(socket: Socket, protocol: Protocol): void {
    const marked = socket as MarkedSocket;
    const connection = marked[CONNECTION] ?? marked._parent?.[CONNECTION];
    if (!connection) return;
    connection.protocol = protocol;
    marked[CONNECTION] = connection;
  }

  /** Wraps the handler, so that requests are subject to the limits. */
  limit(handler: Handler): Handler {
    return (message, response) => {
      if (!("stream" in message)) return this.#take(handler, message, response);
      // A stream that is opened and reset in the same input (CVE-2023-44487) then costs nothing more.
      setImmediate(() => {
        if (!message.stream.closed && !message.stream.destroyed) this.#take(handler, message, response);
      });
    };
  }

  /**
   * Waits until there is memory for one more response. Resolves with false if the client is gone or already has a response.
   * One response is prepared after another, so that nothing is written while another request waits for memory.
   */
  async turnToAnswer(message: Request): Promise<boolean> {
    const request = requestOf(message);
    for (;;) {
      const before = this.#turns;
      const { promise, resolve: endTurn } = Promise.withResolvers<void>();
      this.#turns = promise;
      await before;
      await this.#freeMemory();
      const isWanted = request && this.#requests.has(request) && !request.response.headersSent;
      const mayAnswer =
        isWanted && unsentBytes(request.connection.requests) <= LIMITS.unsentBytesPerConnection;
      if (mayAnswer) {
        request.endTurn = endTurn;
        return true;
      }
      endTurn();
      if (!isWanted) return false;
      await new Promise<void>((resolve) => request.connection.held.push(resolve));
    }
  }

  /** Ends the turn once the response is written. Its bytes count as unsent only in a later turn of the event loop. */
  markAnswered(message: Request): void {
    const endTurn = requestOf(message)?.endTurn;
    if (endTurn) setImmediate(endTurn);
  }

  /** Marks a request as a streaming call, which has no time limit. Returns why it is refused instead, if too many are open. */
  startStreaming(message: Request): string | undefined {
    const request = requestOf(message);
    if (!request || !this.#requests.has(request)) return undefined;
    const here = [...request.connection.requests].filter(({ isStreaming }) => isStreaming).length;
    if (here >= LIMITS.openCallsPerConnection) return `${here} streaming calls are open on this connection`;
    if (this.#streaming >= LIMITS.openCalls)
      return `${this.#streaming} streaming calls are open on all connections`;
    request.isStreaming = true;
    this.#streaming += 1;
    return undefined;
  }

  /** Closes every connection whose protocol is not yet known. */
  closeSilent(): void {
    for (const { protocol, socket } of this.#connections) if (protocol === undefined) socket.destroy();
  }

  closeAll(): void {
    clearInterval(this.#timer);
    for (const { socket } of this.#connections) socket.destroy();
  }

  #close(connection: Connection, reason?: CloseReason): void {
    if (!this.#connections.has(connection)) return;
    this.#forget(connection);
    connection.socket.destroy();
    if (reason) this.#options.onClose(reason);
  }

  #forget(connection: Connection): void {
    this.#connections.delete(connection);
    // Node emits "close" only on the response whose turn it is. This stops the work on the others too.
    for (const { response } of [...connection.requests]) response.emit("close");
  }

  #markUsed(connection: Connection): void {
    if (this.#connections.delete(connection)) this.#connections.add(connection);
  }

  #evictionCandidate(now: number): Connection | undefined {
    const ranked = Map.groupBy(this.#connections, (connection) => evictionRank(connection, now));
    return ranked.get(Math.min(...ranked.keys()))?.[0];
  }

  #take(handler: Handler, message: Request, response: Response): void {
    const connection = connectionOf(message);
    if (!connection || !this.#connections.has(connection)) return;
    connection.newRequests += 1;
    const isHttp1 = connection.protocol === "http1";
    const isFirst = connection.requests.size === 0;
    this.#begin(connection, message, response);
    if (isHttp1 && connection.requests.size > LIMITS.pipelinedRequests)
      this.#close(connection, "too many requests were sent without waiting for responses");
    const start = () => {
      if (this.#connections.has(connection)) handler(message, response);
    };
    // HTTP/1.1 responses are sent in order, so requests are handled in order. A connection then never costs more than
    // one request at a time.
    if (isHttp1) response.once("close", () => connection.queue.shift()?.());
    if (isFirst || !isHttp1) start();
    else connection.queue.push(start);
  }

  #begin(connection: Connection, message: Request, response: Response): void {
    const began = performance.now();
    const request = { connection, response, began, isStreaming: false, endTurn: undefined };
    (message as MarkedRequest)[REQUEST] = request;
    this.#requests.add(request);
    connection.requests.add(request);
    this.#markUsed(connection);
    response.once("close", () => this.#end(message, request));
    if (this.#requests.size - this.#streaming <= LIMITS.requests) return;
    const isOther = (other: RequestInProgress) => !other.isStreaming && other.connection !== connection;
    const oldest = [...this.#requests].find(isOther) ?? request;
    this.#close(oldest.connection, "too many requests were in progress, and it had the oldest");
  }

  #end(message: Request, request: RequestInProgress): void {
    if (!this.#requests.delete(request)) return;
    const { connection, isStreaming } = request;
    connection.requests.delete(request);
    connection.hasAsked = true;
    connection.idleSince = performance.now();
    this.#markUsed(connection);
    if (isStreaming) this.#streaming -= 1;
    this.markAnswered(message);
    resumeHeld(connection);
  }

  /** Closes the connections that have not read for longest until the unsent bytes are within the limit. */
  async #freeMemory(): Promise<void> {
    while (unsentBytes(this.#requests) > LIMITS.unsentBytes) {
      const oldest = [...this.#requests].find((request) => unsentBytes([request]) > 0);
      if (oldest)
        this.#close(
          oldest.connection,
          "too many bytes were waiting for clients that do not read, and its waited longest",
        );
      // After a connection is closed, Node frees its unsent data within two turns of the event loop.
      await nextTurn();
      await nextTurn();
    }
  }

  #look(): void {
    const now = performance.now();
    for (const { connection, began, isStreaming } of [...this.#requests]) {
      if (now - began < this.#options.times.exchangeSeconds * 1000) break;
      if (!isStreaming) this.#close(connection, "a request or the reading of its response took too long");
    }
    for (const connection of [...this.#connections]) this.#lookAt(connection, now);
  }

  #lookAt(connection: Connection, now: number): void {
    const { socket, protocol, idleSince, newRequests } = connection;
    const { headerSeconds, idleSeconds, lookSeconds } = this.#options.times;
    const received = socket.bytesRead - connection.bytesRead;
    connection.bytesRead = socket.bytesRead;
    connection.newRequests = 0;
    // A request takes at most its headers and body, and some framing.
    const expected = newRequests * 2 * (LIMITS.headerBytes + LIMITS.bodyBytes);
    if (received > expected + LIMITS.bytesPerSecondBesideRequests * lookSeconds)
      this.#close(connection, "too much data was sent outside requests");
    // Node itself closes idle HTTP/1.1 connections.
    const silence = protocol === undefined ? headerSeconds : protocol === "http2" ? idleSeconds : Infinity;
    if (connection.requests.size === 0 && now - idleSince > silence * 1000) this.#close(connection);
  }
}

/** Ranks connections for eviction: the lowest first, and among equals the least recently used. */
function evictionRank({ requests, idleSince, hasAsked }: Connection, now: number): number {
  const [oldest] = requests;
  for (const { isStreaming } of requests) if (isStreaming) return 4;
  if (now - (oldest?.began ?? idleSince) < FRESH_MILLISECONDS) return 3;
  if (oldest) return 2;
  return hasAsked ? 1 : 0;
}

/**
 * Resumes in a later turn: Node reports the streams of an ending session one by one, and each report would start a response.
 */
function resumeHeld({ held }: Connection): void {
  setImmediate(() => {
    for (const resume of held.splice(0)) resume();
  });
}

function requestOf(message: Request): RequestInProgress | undefined {
  return (message as MarkedRequest)[REQUEST];
}

/** Undefined if the connection has ended since the request arrived. */
function connectionOf(message: Request): Connection | undefined {
  const socket = "stream" in message ? message.stream.session?.socket : message.socket;
  return (socket as MarkedSocket | undefined)?.[CONNECTION];
}

/** Returns the number of response bytes that are still in this process. */
function unsentBytes(requests: Iterable<RequestInProgress>): number {
  let bytes = 0;
  for (const { response } of requests)
    bytes += "stream" in response ? (response.stream?.writableLength ?? 0) : response.writableLength;
  return bytes;
}
