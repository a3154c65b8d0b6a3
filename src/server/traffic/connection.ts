/** A connection as its limits see it, and the way from a request to its connection. */
import type { ServerHttp2Session } from "node:http2";
import type { Socket } from "node:net";
import type { Request, Response } from "../answer.ts";

export interface Connection {
  /** As it was accepted: beneath TLS. */
  readonly socket: Socket;
  /** Undefined until TLS or the first bytes told. */
  protocol: Protocol | undefined;
  /** Of HTTP/2. */
  session: ServerHttp2Session | undefined;
  /** When it was opened, or its last exchange ended: milliseconds of the monotonic clock. */
  idleSince: number;
  /** Whether an exchange of it ever ended. */
  hasAsked: boolean;
  /** Its requests in progress, the oldest first. */
  readonly exchanges: Exchange[];
  /** Of HTTP/1.1: begin the work on requests whose turn has not come, in their order. */
  readonly waiting: (() => void)[];
  /** Requests that came since the last look, and the socket's `bytesRead` at that time. */
  newRequests: number;
  bytesRead: number;
}

export type Protocol = "http1" | "http2";

/** A request in progress: from the end of its headers until its answer was taken, or either side gave up. */
export interface Exchange {
  readonly connection: Connection;
  readonly response: Response;
  readonly began: number;
  /** A call that streams: it may last. */
  isOpenCall: boolean;
  /** Of its answer: what was about to be written, or what a recount found waiting. */
  unsentBytes: number;
}

/** Why a connection was cut, in the words of the log. */
export type CutReason =
  | "as many were open as may be, and it was silent longest"
  | "a request, or the taking of its answer, lasted too long"
  | "too much waited for clients that do not read, and it waited longest"
  | "as many requests were in progress as may be, and its was the oldest"
  | "too many requests were sent without waiting for answers"
  | "too much was sent that is no request";

/** Without a reason it is what any client may do: to say nothing. */
export type Cut = (connection: Connection, reason?: CutReason) => void;

/** On the socket itself: an HTTP/2 session shows its socket through a proxy, which is no key of a map. */
const CONNECTION = Symbol("connection");
type Marked = { [CONNECTION]?: Connection };

/** From now on this socket, the accepted one or TLS's over it, is the connection's. */
export function mark(socket: Socket, connection: Connection): void {
  (socket as Marked)[CONNECTION] = connection;
}

/** Node tells which socket a TLS socket was made over by a name of its own alone. */
export function connectionBeneath(socket: Socket): Connection | undefined {
  return (socket as Marked)[CONNECTION] ?? (socket as { _parent?: Marked })._parent?.[CONNECTION];
}

/** Undefined where the connection has ended since the request came. */
export function connectionOf(request: Request): Connection | undefined {
  const socket = "stream" in request ? request.stream.session?.socket : request.socket;
  return (socket as Marked | undefined)?.[CONNECTION];
}
