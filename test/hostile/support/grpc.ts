/** gRPC calls over a plain HTTP/2 client, so that a test controls what is sent and read. */
import { once } from "node:events";
import http2, { type ClientHttp2Session, type ClientHttp2Stream, type IncomingHttpHeaders } from "node:http2";

export const WATCH = "/grpc.health.v1.Health/Watch";
export const GET_METRICS = "/orchestrator.metrics.v1.MetricsService/GetMetrics";

export async function openSession(url: string, settings: http2.Settings = {}): Promise<ClientHttp2Session> {
  const session = http2.connect(url, { settings });
  // The test waits for the disconnection, which is not an error here.
  session.on("error", () => {});
  await once(session, "connect");
  return session;
}

/** Sends one message, uncompressed by default: github.com/grpc/grpc, doc/PROTOCOL-HTTP2.md. */
export function call(
  session: ClientHttp2Session,
  path: string,
  { message = Buffer.alloc(0), compressed = false, headers = {} }: Partial<CallOptions> = {},
): ClientHttp2Stream {
  const stream = session.request({
    ":method": "POST",
    ":path": path,
    "content-type": "application/grpc",
    te: "trailers",
    ...headers,
  });
  stream.on("error", () => {});
  const head = Buffer.alloc(5);
  head.writeUInt8(compressed ? 1 : 0);
  head.writeUInt32BE(message.length, 1);
  stream.end(Buffer.concat([head, message]));
  return stream;
}

interface CallOptions {
  readonly message: Buffer;
  readonly compressed: boolean;
  readonly headers: Readonly<Record<string, string>>;
}

/** Resolves with the gRPC status from the trailers, or from the headers of a call without a response. */
export async function grpcStatus(stream: ClientHttp2Stream): Promise<number> {
  let status: unknown;
  const take = (headers: IncomingHttpHeaders) => {
    status = headers["grpc-status"] ?? status;
  };
  stream.on("response", take);
  stream.on("trailers", take);
  stream.resume();
  await once(stream, "close");
  return Number(status);
}
