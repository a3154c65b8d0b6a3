/**
 * What one client, or all together, may take of the service, each with its unit and its reason. Only the number of
 * connections is a setting: it alone depends on who reads. `docs/operations.md`, "Limits", has them as a table.
 */

const KIBIBYTE = 1024;
const MEBIBYTE = 1024 * KIBIBYTE;

export const LIMITS = {
  /** Open at once, on all listeners; a Prometheus, a sidecar and a few dashboards are ten. An HTTP/2 one takes 50 kB. */
  connections: 512,
  /** HTTP/2 streams of a connection at once: the least that RFC 9113, section 6.5.2, recommends. */
  streamsPerConnection: 100,
  /** HTTP/1.1 requests of a connection that wait for their answers. No client in use pipelines by itself. */
  pipelinedRequests: 16,
  /** Requests in progress at once, on all connections: the bodies that are being received take at most 64 MiB. */
  requests: 1_000,
  /** Calls that stream (`Watch`, reflection) have no end of their own, and so a number: of a connection, and of all. */
  openCallsPerConnection: 16,
  openCalls: 128,
  /** A request's line and headers; Node's own default for HTTP/1.1, here for HTTP/2 too. */
  headerBytes: 16 * KIBIBYTE,
  /** A request's body, as sent and once decompressed. GetMetrics takes a mask of four names. */
  bodyBytes: 64 * KIBIBYTE,
  /** Answers that are made at once; the next begins when one is written. zlib compresses as many at once. */
  answersAtOnce: 4,
  /** Answers of a connection of HTTP/2 that its client has not taken: above it, no other is made for it. */
  unsentBytesPerConnection: MEBIBYTE,
  /** Answers that clients have not taken yet, of all connections: an envelope of 1,000 agents is 870 kB. */
  unsentBytes: 32 * MEBIBYTE,
  /** What a connection may send in a second beside requests: PING, SETTINGS, PRIORITY and the like, and bodies unasked for. */
  bytesPerSecondBesideRequests: MEBIBYTE,
} as const;

/** How long what a client does may take: an argument of the server, so that a test need not wait. */
export interface TimeLimits {
  /** From connecting to the first byte, with a TLS handshake in between, and from there to the end of the headers. */
  readonly headerSeconds: number;
  /** From a request's first byte to its last. */
  readonly requestSeconds: number;
  /** From the end of a request's headers until the client has taken its answer. */
  readonly exchangeSeconds: number;
  /** Without a request in progress. */
  readonly idleSeconds: number;
  /** How often connections are held against these limits, and files that may be replaced and watched health are looked at. */
  readonly lookSeconds: number;
}

export const TIME_LIMITS: TimeLimits = {
  headerSeconds: 10,
  requestSeconds: 20,
  /** An envelope of 1,000 agents, 870 kB, at 30 kB a second. */
  exchangeSeconds: 30,
  /** Longer than a minute, Prometheus's default `scrape_interval`. */
  idleSeconds: 75,
  lookSeconds: 1,
};

/** For `http.createServer`. Node refuses what is too long at once, and looks once in a while for what is too slow. */
export const http1Options = (times: TimeLimits) => ({
  /** `error-responses.ts` looks, and says why. */
  requireHostHeader: false,
  maxHeaderSize: LIMITS.headerBytes,
  headersTimeout: times.headerSeconds * 1000,
  requestTimeout: times.requestSeconds * 1000,
  keepAliveTimeout: times.idleSeconds * 1000,
  connectionsCheckingInterval: times.lookSeconds * 1000,
});

/**
 * For `http2.createServer` and `createSecureServer`. nghttp2 itself ends a connection with more than eight
 * CONTINUATION frames to a header, and one that leaves a thousand acknowledgements of PING and SETTINGS unread.
 */
export const HTTP2_OPTIONS = {
  settings: { maxConcurrentStreams: LIMITS.streamsPerConnection, maxHeaderListSize: LIMITS.headerBytes },
  /** Resets that a client may send at once, all its streams, and then in a second: CVE-2023-44487. */
  streamResetBurst: 100,
  streamResetRate: 20,
  /** Frames that are against the protocol, and streams refused, before the connection is ended. */
  maxSessionInvalidFrames: 100,
  maxSessionRejectedStreams: 100,
  maxHeaderListPairs: 128,
  maxSettings: 32,
  /** In MiB. */
  maxSessionMemory: 4,
} as const;
