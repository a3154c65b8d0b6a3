/**
 * Holds every connection to the limits that Node lacks. A client that exceeds its own limit loses its connection. At a
 * limit that all clients share, the connection that is missed least is closed, never the newcomer: docs/adr/0017.
 */
import type { Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Handler, Request, Response } from "./answer.ts";
import { LIMITS, type TimeLimits } from "./limits.ts";

export type Protocol = "http1" | "http2";

/** Why a connection was closed, in the words of the log. */
export type CloseReason =
  | "as many were open as may be, and it was silent longest"
  | "a request, or the taking of its answer, lasted too long"
  | "too much waited for clients that do not read, and it waited longest"
  | "as many requests were in progress as may be, and its was the oldest"
  | "too many requests were sent without waiting for answers"
  | "too much was sent that is no request";

interface Connection {
  /** As it was accepted: below TLS. */
  readonly socket: Socket;
  /** Undefined until TLS or the first bytes tell. */
  protocol: Protocol | undefined;
  /** When it was opened, or its last request ended: milliseconds of the monotonic clock. */
  idleSince: number;
  /** Whether a request of it has ended. */
  hasAsked: boolean;
  /** The oldest first. */
  readonly requests: Set<RequestInProgress>;
  /** HTTP/1.1: starts the work on requests whose turn has not come, in their order. */
  readonly queue: (() => void)[];
  /** HTTP/2: resume answers that wait until the client has taken another. */
  readonly held: (() => void)[];
  /** Requests that came since the last look, and the socket's `bytesRead` at that time. */
  newRequests: number;
  bytesRead: number;
}

/** From the end of its headers until its answer was taken, or either side gave up. */
interface RequestInProgress {
  readonly connection: Connection;
  readonly response: Response;
  readonly began: number;
  isStreaming: boolean;
  hasTurn: boolean;
}

/** On the socket itself: an HTTP/2 session shows its socket through a proxy, which is no key of a map. */
const CONNECTION = Symbol("connection");
const REQUEST = Symbol("request");
/** Node names the socket below TLS by `_parent` alone. */
type MarkedSocket = { [CONNECTION]?: Connection; _parent?: MarkedSocket };
type MarkedRequest = { [REQUEST]?: RequestInProgress };

/** A connection that was opened or used this recently is not idle yet. */
const FRESH_MILLISECONDS = 1_000;

/** What the handler reports of its requests. */
export type RequestLimits = Pick<Connections, "turnToAnswer" | "markAnswered" | "markStreaming">;

export interface ConnectionOptions {
  readonly maxConnections: number;
  readonly times: TimeLimits;
  /** Hears why a connection was closed; not of one that was merely idle. */
  readonly onClose: (reason: CloseReason) => void;
}

export class Connections {
  readonly #options: ConnectionOptions;
  /** The least recently used first. */
  readonly #connections = new Set<Connection>();
  /** The oldest first. */
  readonly #requests = new Set<RequestInProgress>();
  #streaming = 0;
  /** Answers that are being made, and those that wait for that. */
  #turns = 0;
  readonly #waitingForTurn: (() => void)[] = [];
  #freeing: Promise<void> = Promise.resolve();
  readonly #timer: NodeJS.Timeout;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#look(), options.times.lookSeconds * 1000).unref();
  }

  /** Takes each socket as it is accepted. */
  accept(socket: Socket): void {
    const now = performance.now();
    if (this.#connections.size >= this.#options.maxConnections) {
      const candidate = this.#evictionCandidate(now);
      if (candidate) this.#close(candidate, "as many were open as may be, and it was silent longest");
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

  /** Notes what a connection speaks, and through which socket: the accepted one, or TLS's over it. */
  identify(socket: Socket, protocol: Protocol): void {
    const marked = socket as MarkedSocket;
    const connection = marked[CONNECTION] ?? marked._parent?.[CONNECTION];
    if (!connection) return;
    connection.protocol = protocol;
    marked[CONNECTION] = connection;
  }

  /** The handler, for requests that keep to the limits. */
  limit(handler: Handler): Handler {
    return (message, response) => {
      if (!("stream" in message)) return this.#take(handler, message, response);
      // A stream that is opened and reset in one piece of input (CVE-2023-44487) then costs nothing more.
      setImmediate(() => {
        if (!message.stream.closed && !message.stream.destroyed) this.#take(handler, message, response);
      });
    };
  }

  /** Waits until there is memory for one more answer. False: the client is gone, or has its answer. */
  async turnToAnswer(message: Request): Promise<boolean> {
    const request = requestOf(message);
    for (;;) {
      if (this.#turns < LIMITS.answersAtOnce) this.#turns += 1;
      else await new Promise<void>((resolve) => this.#waitingForTurn.push(resolve));
      // One after the other: nothing is written while another waits for memory.
      this.#freeing = this.#freeing.then(() => this.#freeMemory());
      await this.#freeing;
      const isWanted = request && this.#requests.has(request) && !request.response.headersSent;
      if (isWanted && mayAnswer(request.connection)) {
        request.hasTurn = true;
        return true;
      }
      this.#passTurn();
      if (!isWanted) return false;
      await new Promise<void>((resolve) => request.connection.held.push(resolve));
    }
  }

  /** Ends the turn: the answer is written. */
  markAnswered(message: Request): void {
    const request = requestOf(message);
    if (!request?.hasTurn) return;
    request.hasTurn = false;
    this.#passTurn();
    resumeHeld(request.connection);
  }

  /** The request is a call that streams, which may last. */
  markStreaming(message: Request): void {
    const request = requestOf(message);
    if (!request || request.isStreaming || !this.#requests.has(request)) return;
    request.isStreaming = true;
    this.#streaming += 1;
  }

  /** Closes every connection whose protocol is not known yet. */
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
    // Node notifies only the response whose turn it is. This notifies the work on the others.
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
      this.#close(connection, "too many requests were sent without waiting for answers");
    const start = () => {
      if (this.#connections.has(connection)) handler(message, response);
    };
    // HTTP/1.1 answers in order, so it is worked on in order: a connection never costs more than one request.
    if (isHttp1) response.once("close", () => connection.queue.shift()?.());
    if (isFirst || !isHttp1) start();
    else connection.queue.push(start);
  }

  #begin(connection: Connection, message: Request, response: Response): void {
    const began = performance.now();
    const request = { connection, response, began, isStreaming: false, hasTurn: false };
    (message as MarkedRequest)[REQUEST] = request;
    this.#requests.add(request);
    connection.requests.add(request);
    this.#markUsed(connection);
    response.once("close", () => this.#end(message, request));
    if (this.#requests.size - this.#streaming <= LIMITS.requests) return;
    const isOther = (other: RequestInProgress) => !other.isStreaming && other.connection !== connection;
    const oldest = [...this.#requests].find(isOther) ?? request;
    this.#close(oldest.connection, "as many requests were in progress as may be, and its was the oldest");
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

  #passTurn(): void {
    const next = this.#waitingForTurn.shift();
    if (next) next();
    else this.#turns -= 1;
  }

  /** Closes the connections that have not read for longest until little enough waits for the others. */
  async #freeMemory(): Promise<void> {
    while (unsentBytes(this.#requests) > LIMITS.unsentBytes) {
      const oldest = [...this.#requests].find((request) => unsentBytes([request]) > 0);
      if (oldest)
        this.#close(oldest.connection, "too much waited for clients that do not read, and it waited longest");
      // Node frees what waited for a connection in the turns of the event loop after it was closed.
      await nextTurn();
      await nextTurn();
    }
  }

  #look(): void {
    const now = performance.now();
    for (const { connection, began, isStreaming } of [...this.#requests]) {
      if (now - began < this.#options.times.exchangeSeconds * 1000) break;
      if (!isStreaming) this.#close(connection, "a request, or the taking of its answer, lasted too long");
    }
    for (const connection of [...this.#connections]) this.#lookAt(connection, now);
  }

  #lookAt(connection: Connection, now: number): void {
    const { socket, protocol, idleSince, newRequests } = connection;
    const { headerSeconds, idleSeconds, lookSeconds } = this.#options.times;
    const received = socket.bytesRead - connection.bytesRead;
    connection.bytesRead = socket.bytesRead;
    connection.newRequests = 0;
    // A request takes at most its headers and its body, with a little for framing.
    const expected = newRequests * 2 * (LIMITS.headerBytes + LIMITS.bodyBytes);
    if (received > expected + LIMITS.bytesPerSecondBesideRequests * lookSeconds)
      this.#close(connection, "too much was sent that is no request");
    // Node itself closes idle connections of HTTP/1.1.
    const silence = protocol === undefined ? headerSeconds : protocol === "http2" ? idleSeconds : Infinity;
    if (connection.requests.size === 0 && now - idleSince > silence * 1000) this.#close(connection);
  }
}

/** Of two connections the one with the lower rank is missed less; of equals, the less recently used. */
function evictionRank({ requests, idleSince, hasAsked }: Connection, now: number): number {
  const [oldest] = requests;
  for (const { isStreaming } of requests) if (isStreaming) return 4;
  if (now - (oldest?.began ?? idleSince) < FRESH_MILLISECONDS) return 3;
  if (oldest) return 2;
  return hasAsked ? 1 : 0;
}

/** Makes one answer after the other for a connection, as long as its client takes them. */
function mayAnswer({ requests }: Connection): boolean {
  for (const { hasTurn } of requests) if (hasTurn) return false;
  return unsentBytes(requests) <= LIMITS.unsentBytesPerConnection;
}

/** Later: Node reports the streams of a session that ends one by one, and each report would have an answer made. */
function resumeHeld({ held }: Connection): void {
  setImmediate(() => {
    for (const resume of held.splice(0)) resume();
  });
}

function requestOf(message: Request): RequestInProgress | undefined {
  return (message as MarkedRequest)[REQUEST];
}

/** Undefined if the connection has ended since the request came. */
function connectionOf(message: Request): Connection | undefined {
  const socket = "stream" in message ? message.stream.session?.socket : message.socket;
  return (socket as MarkedSocket | undefined)?.[CONNECTION];
}

/** What of the answers is still in this process. */
function unsentBytes(requests: Iterable<RequestInProgress>): number {
  let bytes = 0;
  for (const { response } of requests)
    bytes += "stream" in response ? (response.stream?.writableLength ?? 0) : response.writableLength;
  return bytes;
}
