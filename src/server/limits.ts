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
  /** Answers that clients have not taken yet, of all connections: an envelope of 1,000 agents is 870 kB. */
  unsentBytes: 32 * MEBIBYTE,
  /** From connecting to the first byte, with a TLS handshake in between, and from there to the end of the headers. */
  headerSeconds: 10,
  /** From a request's first byte to its last. */
  requestSeconds: 20,
  /** From the end of a request's headers until the client has taken its answer: 870 kB at 30 kB a second. */
  exchangeSeconds: 30,
  /** Without a request in progress: longer than a minute, Prometheus's default `scrape_interval`. */
  idleSeconds: 75,
  /** What a connection may send in a second beside requests: PING, SETTINGS, PRIORITY and the like, and bodies unasked for. */
  bytesPerSecondBesideRequests: MEBIBYTE,
} as const;

/** For `http.createServer`. Node refuses what is too long at once, and looks once a second for what is too slow. */
export const HTTP1_OPTIONS = {
  /** `request-head.ts` looks, and says why. */
  requireHostHeader: false,
  maxHeaderSize: LIMITS.headerBytes,
  headersTimeout: LIMITS.headerSeconds * 1000,
  requestTimeout: LIMITS.requestSeconds * 1000,
  keepAliveTimeout: LIMITS.idleSeconds * 1000,
  connectionsCheckingInterval: 1_000,
} as const;

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
