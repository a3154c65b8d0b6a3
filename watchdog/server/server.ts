/** The page's HTTP server: checks access, routes requests, and writes answers. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { hostChecker, splitTarget } from "../../shared/host-names.ts";
import { type Answer, failure } from "./answer.ts";
import { limitConnections } from "./connections.ts";
import { createEvents } from "./events.ts";
import { isOurHost, isSameOrigin, mayChange, SECURITY_HEADERS } from "./guard.ts";
import { answerGet, answerSilence, answerUnsilence, methodsOf } from "./routes.ts";
import type { Shown } from "./shown.ts";

export interface ServerOptions {
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
  /** Accepted Host names besides its own address and loopback's. */
  readonly allowedHosts: readonly string[];
  /** Tokens of which silencing needs one; absent: only this machine may silence. */
  readonly silenceTokens: (() => readonly string[]) | undefined;
  /** How long changes are collected before open pages are notified. */
  readonly gatherMilliseconds: number;
  /** Called with unexpected errors. */
  readonly complain: (error: unknown) => void;
}

export type Server = Awaited<ReturnType<typeof startServer>>;

const SERVER_LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 20_000,
  keepAliveTimeout: 75_000,
  connectionsCheckingInterval: 1_000,
};
const BODY_BYTES = 4096;
const GZIP_FROM_BYTES = 1400;
const compress = promisify(gzip);

/** Rejects with the system's error if it cannot listen. */
export async function startServer(options: ServerOptions) {
  const { host, port, allowedHosts, silenceTokens, gatherMilliseconds, complain } = options;
  const events = createEvents(gatherMilliseconds);
  let shown: Shown | undefined;
  const hosts = hostChecker([host, ...allowedHosts]);

  async function answer(request: IncomingMessage, path: string, query: URLSearchParams): Promise<Answer> {
    // Probes may use any address, and these paths reveal nothing.
    const isProbe = path === "/health" || path === "/ready";
    if (!isProbe && !isOurHost(request, hosts))
      return failure(
        "permission_denied",
        `Host header ${JSON.stringify(request.headers.host)} is not allowed: add its name with --allowed-hosts`,
      );
    const methods = methodsOf(path);
    const allow = { allow: [...methods, "OPTIONS"].join(", ") };
    if (request.method === "OPTIONS") return { status: 200, body: "", headers: allow };
    if (!methods.includes(request.method ?? ""))
      return failure("unimplemented", `${path} does not support ${request.method}`, allow);
    if (!shown) return failure("unavailable", "the watchdog is starting");
    if (request.method === "GET" || request.method === "HEAD") return answerGet(shown, path, query);
    if (!isSameOrigin(request))
      return failure("permission_denied", "requests from other sites are not allowed");
    if (!mayChange(request, silenceTokens?.())) return notAllowed(silenceTokens !== undefined);
    if (request.method === "DELETE") return answerUnsilence(shown, path);
    if (!/^application\/json\b/i.test(request.headers["content-type"] ?? ""))
      return failure("failed_precondition", "the content-type must be application/json");
    const body = await readBody(request);
    return body === undefined
      ? failure("invalid_argument", `the body must be JSON of at most ${BODY_BYTES} bytes`)
      : answerSilence(shown, body);
  }

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { target } = splitTarget(request.url);
    const { pathname, searchParams } = new URL(target.replace(/^[^/]*/, "http://watchdog"));
    const isEvents = request.method === "GET" && pathname === "/api/events";
    if (isEvents && isOurHost(request, hosts)) {
      if (events.listen(response, SECURITY_HEADERS)) return;
      return write(request, response, failure("resource_exhausted", "too many open pages"));
    }
    await write(request, response, await answer(request, pathname, searchParams));
  }

  const server = createServer(SERVER_LIMITS, (request, response) => {
    respond(request, response).catch((error: unknown) => {
      complain(error);
      if (response.headersSent) response.destroy();
      else
        void write(
          request,
          response,
          failure("internal", "an unexpected error; the watchdog's log has the details"),
        );
    });
  });
  // An unknown `Expect`: it is unclear whether the announced body follows, so the connection is closed.
  server.on("checkExpectation", (request, response) => {
    const words = "unsupported Expect header: use 100-continue or none";
    const refused = failure("unimplemented", words, { connection: "close" });
    void write(request, response, { ...refused, status: 417 });
  });
  limitConnections(server);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  const address = server.address() as AddressInfo;
  const name = address.family === "IPv6" ? `[${address.address}]` : address.address;
  return {
    url: `http://${name}:${address.port}`,
    /** Sets the data to answer with. Until then, answers say that the watchdog is starting. */
    show(next: Shown): void {
      shown = next;
    },
    /** Notifies open pages that a target was read. */
    changed: events.changed,
    async close(): Promise<void> {
      events.close();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function notAllowed(takesTokens: boolean): Answer {
  if (!takesTokens)
    return failure(
      "permission_denied",
      "only clients on this machine may silence; set --silence-token-file to allow others",
    );
  return failure("unauthenticated", "missing or invalid bearer token for silencing", {
    "www-authenticate": "Bearer",
  });
}

async function write(request: IncomingMessage, response: ServerResponse, answer: Answer): Promise<void> {
  const headers: Record<string, string> = { ...SECURITY_HEADERS, vary: "accept-encoding", ...answer.headers };
  if (answer.headers.etag !== undefined && request.headers["if-none-match"] === answer.headers.etag) {
    response.writeHead(304, headers).end();
    return;
  }
  let body = Buffer.from(answer.body);
  if (body.length >= GZIP_FROM_BYTES && /\bgzip\b/.test(String(request.headers["accept-encoding"]))) {
    body = await compress(body);
    headers["content-encoding"] = "gzip";
  }
  response.writeHead(answer.status, { ...headers, "content-length": body.length });
  response.end(request.method === "HEAD" ? undefined : body);
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) {
    text += chunk;
    if (text.length > BODY_BYTES) return undefined;
  }
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
