/**
 * Limits for one client and for all clients together, with units and reasons. Only the number of connections is a
 * setting, since only it depends on the number of clients. The table is in `docs/operations.md`, "Limits".
 */

const KIBIBYTE = 1024;
const MEBIBYTE = 1024 * KIBIBYTE;

export const LIMITS = {
  /**
   * Open connections on all listeners. Prometheus, a sidecar and a few dashboards need about ten. An HTTP/2
   * connection takes 50 kB.
   */
  connections: 512,
  /** Concurrent HTTP/2 streams of a connection: the minimum that RFC 9113, section 6.5.2, recommends. */
  streamsPerConnection: 100,
  /** Pipelined HTTP/1.1 requests of a connection that wait for a response. No client in common use pipelines. */
  pipelinedRequests: 16,
  /** Requests in progress on all connections. The bodies being received take at most 64 MiB. */
  requests: 1_000,
  /** Streaming calls (`Watch`, reflection), which last as long as the client wants: per connection and in total. */
  openCallsPerConnection: 16,
  openCalls: 128,
  /** Length of a request's first line and headers. Node's default for HTTP/1.1, used for HTTP/2 too. */
  headerBytes: 16 * KIBIBYTE,
  /** Length of a request's body, before and after decompression. GetMetrics takes a mask of four names. */
  bodyBytes: 64 * KIBIBYTE,
  /** Response bytes that an HTTP/2 client has not read yet. Above it, no other response is prepared for its connection. */
  unsentBytesPerConnection: MEBIBYTE,
  /** Response bytes that clients have not read yet, on all connections. An envelope with 1,000 agents takes 870 kB. */
  unsentBytes: 32 * MEBIBYTE,
  /**
   * Bytes per second that a connection may send outside requests: PING, SETTINGS, PRIORITY and the like, and
   * unsolicited bodies.
   */
  bytesPerSecondBesideRequests: MEBIBYTE,
} as const;

/** Time limits for clients. They are passed to the server as an argument, so that a test need not wait. */
export interface TimeLimits {
  /** From the connection to the first byte, with any TLS handshake in between, and from there to the end of the headers. */
  readonly headerSeconds: number;
  /** From the first byte of a request to the last. */
  readonly requestSeconds: number;
  /** From the end of a request's headers until the client has read the response. */
  readonly exchangeSeconds: number;
  /** For a connection without a request in progress. */
  readonly idleSeconds: number;
  /** How often to check connections against these limits, and to check replaceable files and watched health for changes. */
  readonly lookSeconds: number;
}

export const TIME_LIMITS: TimeLimits = {
  headerSeconds: 10,
  requestSeconds: 20,
  /** For an envelope with 1,000 agents, 870 kB, at 30 kB per second. */
  exchangeSeconds: 30,
  /** Longer than Prometheus's default `scrape_interval` of one minute. */
  idleSeconds: 75,
  lookSeconds: 1,
};

/** Options for `http.createServer`. Node refuses at once what is too long, and checks periodically for what is too slow. */
export const http1Options = (times: TimeLimits) => ({
  /** `error-responses.ts` checks it, and returns a reason. */
  requireHostHeader: false,
  maxHeaderSize: LIMITS.headerBytes,
  headersTimeout: times.headerSeconds * 1000,
  requestTimeout: times.requestSeconds * 1000,
  keepAliveTimeout: times.idleSeconds * 1000,
  connectionsCheckingInterval: times.lookSeconds * 1000,
});

/**
 * Options for `http2.createServer` and `createSecureServer`. nghttp2 itself closes a connection with more than eight
 * CONTINUATION frames per header, and one with a thousand unread acknowledgements of PING and SETTINGS.
 */
export const HTTP2_OPTIONS = {
  settings: { maxConcurrentStreams: LIMITS.streamsPerConnection, maxHeaderListSize: LIMITS.headerBytes },
  /** Stream resets that a client may send at once, and then per second: CVE-2023-44487. */
  streamResetBurst: 100,
  streamResetRate: 20,
  /** Invalid frames and refused streams before the connection is closed. */
  maxSessionInvalidFrames: 100,
  maxSessionRejectedStreams: 100,
  maxHeaderListPairs: 128,
  maxSettings: 32,
  /** In MiB. */
  maxSessionMemory: 4,
} as const;
