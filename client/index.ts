/**
 * A typed client of `MetricsService` for Node and browsers. It uses Connect with GET, so that proxies and caches
 * recognize reads, over the platform's own `fetch`.
 */
import { type Client, Code, ConnectError, createClient, type Interceptor } from "@connectrpc/connect";
import { createFetchClient } from "@connectrpc/connect/protocol";
import { createTransport } from "@connectrpc/connect/protocol-connect";
import { MetricsService } from "../gen/orchestrator/metrics/v1/metrics_pb.js";

export { Code, ConnectError } from "@connectrpc/connect";
export * from "../gen/orchestrator/metrics/v1/metrics_pb.js";

export interface MetricsClientOptions {
  /** For example `http://127.0.0.1:9977`. In a browser also a path of the page's own origin, such as `/`. */
  readonly baseUrl: string;
  /** Sent as `Authorization: Bearer …`. A function is called for each request. */
  readonly token?: string | (() => string | Promise<string>);
  /** A call that takes longer fails with `deadline_exceeded`. Default: 5,000. */
  readonly timeoutMs?: number;
  /** Uses JSON instead of binary, for inspecting the traffic. Default: false. */
  readonly json?: boolean;
  /** A longer response is refused. Default: 64 MiB. */
  readonly maxAnswerBytes?: number;
  /** For example one that trusts another CA, if `NODE_EXTRA_CA_CERTS` is not suitable. */
  readonly fetch?: typeof globalThis.fetch;
}

export type MetricsClient = Client<typeof MetricsService>;

const MEBIBYTE = 1024 * 1024;

/**
 * Creates a client. Throws TypeError if `baseUrl` is not valid.
 *
 * `getMetrics({ readMask: { paths: ["queue"] } })` resolves with the envelope of the sections that the mask names, or
 * of all. Calls reject with ConnectError, whose `code` is the reason: `unavailable`, `deadline_exceeded`,
 * `unauthenticated`, ….
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
    // `fetch` itself requests gzip and decompresses it.
    acceptCompression: [],
    sendCompression: null,
    compressMinBytes: 0,
    readMaxBytes: maxAnswerBytes,
    writeMaxBytes: MEBIBYTE,
  });
  return createClient(MetricsService, transport);
}

/** Checks the URL here, since `fetch` reports an invalid URL like an unreachable server. */
function absolute(baseUrl: string): string {
  const page = (globalThis as { readonly location?: { readonly href: string } }).location?.href;
  const url = URL.parse(baseUrl, page);
  if (url?.protocol !== "http:" && url?.protocol !== "https:")
    throw new TypeError(
      `baseUrl: ${JSON.stringify(baseUrl)} is not a valid URL: use for example "http://127.0.0.1:9977"`,
    );
  return url.href.replace(/\/+$/, "");
}

/** Removes the header of an encoding that `fetch` has already decoded, since the transport would decode again. */
function decoded(fetch: typeof globalThis.fetch): typeof globalThis.fetch {
  return async (...request) => {
    const { body, status, statusText, headers } = await fetch(...request);
    const kept = new Headers(headers);
    kept.delete("content-encoding");
    kept.delete("content-length");
    return new Response(body, { status, statusText, headers: kept });
  };
}

/** Maps the TypeError with which `fetch` reports an unreachable server, and which would become `unknown`. */
function reaching(fetch: typeof globalThis.fetch): typeof globalThis.fetch {
  return async (...request) => {
    try {
      return await fetch(...request);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      const { code } = (error.cause ?? {}) as { readonly code?: unknown };
      const message = `cannot reach the service${typeof code === "string" ? ` (${code})` : ""}`;
      throw new ConnectError(message, Code.Unavailable, undefined, undefined, error);
    }
  };
}

function withToken(token: NonNullable<MetricsClientOptions["token"]>): Interceptor {
  return (next) => async (request) => {
    const value = typeof token === "string" ? token : await token();
    // `Headers` would throw with a message that contains the token.
    if (/[^\t\x20-\x7e\x80-\xff]/.test(value))
      throw new ConnectError(
        "the token contains characters that are not valid in a header",
        Code.Unauthenticated,
      );
    request.header.set("authorization", `Bearer ${value}`);
    return next(request);
  };
}
