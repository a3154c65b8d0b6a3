/** The page's HTTP server: guards, then routes, then bytes. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { hostChecker, splitTarget } from "../../shared/host-names.ts";
import { type Answer, failure } from "./answer.ts";
import { limitConnections } from "./connections.ts";
import { createEvents } from "./events.ts";
import { isOurHost, isSameOrigin, mayChange, SECURITY_HEADERS } from "./guard.ts";
import { answerGet, answerSilence, answerUnsilence, methodsOf, type Shown } from "./routes.ts";

export interface ServerOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Names besides its own address and loopback's by which it may be asked for. */
  readonly allowedHosts: readonly string[];
  /** Of which a silence needs one; absent: only this machine may silence. */
  readonly silenceTokens: (() => readonly string[]) | undefined;
  /** Changes are gathered for so long before open pages hear of them. */
  readonly gatherMilliseconds: number;
  /** Told of what should not have happened. */
  readonly complain: (error: unknown) => void;
}

export interface Server {
  readonly url: string;
  /** From now on it answers with what is known; until then that it begins. */
  show(shown: Shown): void;
  /** Tells the open pages that a target was read. */
  changed(target: string): void;
  close(): Promise<void>;
}

const SERVER_LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 20_000,
  keepAliveTimeout: 75_000,
  connectionsCheckingInterval: 1_000,
};
const BODY_BYTES = 4096;
const GZIP_FROM_BYTES = 1400;
const compress = promisify(gzip);

/** Rejects with the system's error where it cannot listen. */
export async function startServer({
  host,
  port,
  allowedHosts,
  silenceTokens,
  gatherMilliseconds,
  complain,
}: ServerOptions): Promise<Server> {
  const events = createEvents(gatherMilliseconds);
  let shown: Shown | undefined;
  const hosts = hostChecker([host, ...allowedHosts]);

  async function answer(request: IncomingMessage, path: string, query: URLSearchParams): Promise<Answer> {
    // Probes ask for these by an address that may be any, and they tell nothing that is anybody's.
    const isProbe = path === "/health" || path === "/ready";
    if (!isProbe && !isOurHost(request, hosts))
      return failure(
        "permission_denied",
        `Host header ${JSON.stringify(request.headers.host)} is not allowed: add its name with --allowed-hosts`,
      );
    const methods = methodsOf(path);
    const allow = { allow: [...methods, "OPTIONS"].join(", ") };
    if (request.method === "OPTIONS") return { status: 200, body: "", headers: allow };
    if (!methods.includes(request.method ?? "")) {
      const refused = failure("unimplemented", `${path} does not support ${request.method}`);
      return { ...refused, headers: { ...refused.headers, ...allow } };
    }
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
  // An unknown `Expect`. Whether an announced body comes is not known, so that the connection cannot go on.
  server.on("checkExpectation", (request, response) => {
    const refused = failure("unimplemented", "unsupported Expect header: use 100-continue or none");
    const headers = { ...refused.headers, connection: "close" };
    void write(request, response, { ...refused, status: 417, headers });
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
    show(next) {
      shown = next;
    },
    changed: (target) => events.changed(target),
    async close() {
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
  const refused = failure("unauthenticated", "missing or invalid bearer token for silencing");
  return { ...refused, headers: { ...refused.headers, "www-authenticate": "Bearer" } };
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
