/**
 * The requests in progress on all connections, in the order in which they came: how many there are, how long each
 * lasts, and how much of their answers waits for clients that do not read. At a limit the oldest gives way.
 */
import type { Response } from "../answer.ts";
import { LIMITS, type TimeLimits } from "../limits.ts";
import { type Arrival, Arrivals } from "./arrivals.ts";
import type { Connection, Cut, Exchange } from "./connection.ts";

export interface Exchanges {
  begin(connection: Connection, response: Response, now: number): void;
  /** So many bytes of the answer are about to be written. */
  sending(response: Response, bytes: number): void;
  /** It is the answer of a call that streams. */
  lasts(response: Response): void;
  /** Its connection has gone. Node tells only the answer whose turn it is; whoever works on another is told here. */
  endAll(connection: Connection): void;
  /** Cuts what has lasted too long, and what became too much since it was announced. */
  look(now: number): void;
}

interface Arrived extends Exchange, Arrival {}

/** On the answer itself, while its exchange lasts. */
const EXCHANGE = Symbol("exchange");
type Marked = Response & { [EXCHANGE]?: Arrived | undefined };

export function createExchanges(cut: Cut, times: TimeLimits): Exchanges {
  const all = new Arrivals<Arrived>();
  let openCalls = 0;
  let unsentBytes = 0;

  function end(response: Marked, now: number): void {
    const exchange = response[EXCHANGE];
    if (!exchange) return;
    response[EXCHANGE] = undefined;
    all.remove(exchange);
    if (exchange.isOpenCall) openCalls -= 1;
    unsentBytes -= exchange.unsentBytes;
    const { connection } = exchange;
    connection.exchanges.splice(connection.exchanges.indexOf(exchange), 1);
    connection.hasAsked = true;
    connection.idleSince = now;
  }

  function oldestBut(newest: Connection): Connection {
    for (const { connection, isOpenCall } of all) if (!isOpenCall && connection !== newest) return connection;
    return newest;
  }

  /** What was announced may have gone out meanwhile, or wait: only where it seems too much is it looked at. */
  function boundUnsent(announcing?: Exchange): void {
    if (unsentBytes <= LIMITS.unsentBytes) return;
    unsentBytes = 0;
    for (const exchange of all) {
      if (exchange !== announcing) exchange.unsentBytes = unsentBytesOf(exchange.response);
      unsentBytes += exchange.unsentBytes;
    }
    for (const exchange of [...all]) {
      if (unsentBytes <= LIMITS.unsentBytes) return;
      if (exchange.unsentBytes > 0 && exchange !== announcing)
        cut(exchange.connection, "too much waited for clients that do not read, and it waited longest");
    }
  }

  return {
    begin(connection, response: Marked, now) {
      const exchange: Arrived = {
        connection,
        response,
        began: now,
        isOpenCall: false,
        unsentBytes: 0,
        previous: undefined,
        next: undefined,
      };
      response[EXCHANGE] = exchange;
      all.add(exchange);
      connection.exchanges.push(exchange);
      response.once("close", () => end(response, performance.now()));
      if (all.size - openCalls <= LIMITS.requests) return;
      cut(oldestBut(connection), "as many requests were in progress as may be, and its was the oldest");
    },
    lasts(response: Marked) {
      const exchange = response[EXCHANGE];
      if (!exchange || exchange.isOpenCall) return;
      exchange.isOpenCall = true;
      openCalls += 1;
    },
    sending(response: Marked, bytes) {
      const exchange = response[EXCHANGE];
      if (!exchange) return;
      exchange.unsentBytes += bytes;
      unsentBytes += bytes;
      boundUnsent(exchange);
    },
    endAll(connection) {
      for (const { response } of [...connection.exchanges]) response.emit("close");
    },
    look(now) {
      boundUnsent();
      for (const { connection, began, isOpenCall } of [...all]) {
        if (now - began < times.exchangeSeconds * 1000) return;
        if (!isOpenCall) cut(connection, "a request, or the taking of its answer, lasted too long");
      }
    },
  };
}

/** What of an answer is still in this process. */
function unsentBytesOf(response: Response): number {
  if ("stream" in response) return response.stream?.writableLength ?? 0;
  return response.writableLength;
}
