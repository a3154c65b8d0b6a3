/**
 * A typed client of `MetricsService`, for Node and the browser: Connect by GET, so that proxies and caches see what it
 * is, over the platform's own `fetch`.
 */
import { type Client, Code, ConnectError, createClient, type Interceptor } from "@connectrpc/connect";
import { createFetchClient } from "@connectrpc/connect/protocol";
import { createTransport } from "@connectrpc/connect/protocol-connect";
import { MetricsService } from "../gen/orchestrator/metrics/v1/metrics_pb.js";

export { Code, ConnectError } from "@connectrpc/connect";
export * from "../gen/orchestrator/metrics/v1/metrics_pb.js";

export interface MetricsClientOptions {
  /** Such as `http://127.0.0.1:9977`; in a browser also a path, such as `/`, of the page's own origin. */
  readonly baseUrl: string;
  /** Sent as `Authorization: Bearer …`; a function is asked for each call. */
  readonly token?: string | (() => string | Promise<string>);
  /** A call that takes longer fails with `deadline_exceeded`; default 5,000. */
  readonly timeoutMs?: number;
  /** JSON instead of the binary, for looking at the traffic; default false. */
  readonly json?: boolean;
  /** A longer answer is refused; default 64 MiB. */
  readonly maxAnswerBytes?: number;
  /** Such as one with a CA of its own, where `NODE_EXTRA_CA_CERTS` does not do. */
  readonly fetch?: typeof globalThis.fetch;
}

export type MetricsClient = Client<typeof MetricsService>;

const MEBIBYTE = 1024 * 1024;

/**
 * Throws a TypeError where `baseUrl` is none.
 *
 * `getMetrics({ readMask: { paths: ["queue"] } })` gives the envelope, with the sections that the mask names, or all.
 * Calls reject with a ConnectError, whose `code` says why: `unavailable`, `deadline_exceeded`, `unauthenticated`, ….
 */
export function createMetricsClient(options: MetricsClientOptions): MetricsClient {
  const { token, timeoutMs = 5_000, json = false, maxAnswerBytes = 64 * MEBIBYTE } = options;
  const transport = createTransport({
    baseUrl: absolute(options.baseUrl),
    httpClient: createFetchClient(reaching(decoded(options.fetch ?? globalThis.fetch))),
    useBinaryFormat: !json,
    useHttpGet: true,
    defaultTimeoutMs: timeoutMs,
    interceptors: token === undefined ? [] : [withToken(token)],
    // `fetch` itself asks for gzip and undoes it.
    acceptCompression: [],
    sendCompression: null,
    compressMinBytes: 0,
    readMaxBytes: maxAnswerBytes,
    writeMaxBytes: MEBIBYTE,
  });
  return createClient(MetricsService, transport);
}

/** `fetch` tells a URL that is none as it tells a server that cannot be reached. */
function absolute(baseUrl: string): string {
  const page = (globalThis as { readonly location?: { readonly href: string } }).location?.href;
  const url = URL.parse(baseUrl, page);
  if (url?.protocol !== "http:" && url?.protocol !== "https:")
    throw new TypeError(`baseUrl: ${JSON.stringify(baseUrl)} is no URL such as "http://127.0.0.1:9977"`);
  return url.href.replace(/\/+$/, "");
}

/** `fetch` undoes the encoding and still shows its header, which the transport would take at its word. */
function decoded(fetch: typeof globalThis.fetch): typeof globalThis.fetch {
  return async (...request) => {
    const { body, status, statusText, headers } = await fetch(...request);
    const kept = new Headers(headers);
    kept.delete("content-encoding");
    kept.delete("content-length");
    return new Response(body, { status, statusText, headers: kept });
  };
}

/** `fetch` tells a server that cannot be reached by a TypeError, which would become `unknown`. */
function reaching(fetch: typeof globalThis.fetch): typeof globalThis.fetch {
  return async (...request) => {
    try {
      return await fetch(...request);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      const { code } = (error.cause ?? {}) as { readonly code?: unknown };
      const message = `the service cannot be reached${typeof code === "string" ? ` (${code})` : ""}`;
      throw new ConnectError(message, Code.Unavailable, undefined, undefined, error);
    }
  };
}

function withToken(token: NonNullable<MetricsClientOptions["token"]>): Interceptor {
  return (next) => async (request) => {
    const value = typeof token === "string" ? token : await token();
    // `Headers` would refuse it with a message that holds it.
    if (/[^\t\x20-\x7e\x80-\xff]/.test(value))
      throw new ConnectError("the token holds characters that a header cannot", Code.Unauthenticated);
    request.header.set("authorization", `Bearer ${value}`);
    return next(request);
  };
}
