/** Writes responses: headers, gzip if the client accepts it and it helps, and every error in one shape. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { Code } from "@connectrpc/connect";
import { codeToHttpStatus, codeToString } from "@connectrpc/connect/protocol-connect";
import Negotiator from "negotiator";

export type Request = IncomingMessage | Http2ServerRequest;
export type Response = ServerResponse | Http2ServerResponse;
export type Handler = (request: Request, response: Response) => void;

/** A plain HTTP response before it is written. `body` is JSON text, or the Prometheus text of `/metrics`. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The error that `body` reports, if any. */
  readonly error?: { readonly code: Code; readonly message: string };
}

/** A smaller body fits into one packet, so compressing it only costs time. */
const GZIP_FROM_BYTES = 1400;

const compress = promisify(gzip);

/** Headers of every response: no caching, and no guessing of the content type. */
export const ALWAYS = { "cache-control": "no-store", "x-content-type-options": "nosniff" } as const;

export async function write(request: Request, response: Response, answer: Answer): Promise<void> {
  if (answer.status === 204) {
    (response as ServerResponse).writeHead(204, { ...ALWAYS, ...answer.headers }).end();
    return;
  }
  if (answer.error && GRPC.test(request.headers["content-type"] ?? "")) {
    writeGrpcError(response, answer, answer.error);
    return;
  }
  let body = Buffer.from(answer.body);
  const headers: Record<string, string | number> = {
    "content-type": "application/json",
    ...ALWAYS,
    vary: "accept-encoding",
    ...answer.headers,
  };
  // Only CORS sets it.
  const vary = response.getHeader("vary");
  if (vary !== undefined) headers.vary += `, ${vary}`;
  if (body.length >= GZIP_FROM_BYTES && acceptsGzip(request)) {
    body = await compress(body);
    headers["content-encoding"] = "gzip";
  }
  headers["content-length"] = body.length;
  (response as ServerResponse).writeHead(answer.status, headers);
  if (request.method === "HEAD") response.end();
  else (response as ServerResponse).end(body);
}

const GRPC = /^application\/grpc(?:$|[+;-])/;

/**
 * Writes an error for a gRPC client, which reads headers that also end the stream instead of JSON: github.com/grpc/grpc,
 * doc/PROTOCOL-HTTP2.md, "Trailers-Only". A path that does not exist is a method that is not implemented.
 */
function writeGrpcError(
  response: Response,
  { status, headers }: Answer,
  { code, message }: NonNullable<Answer["error"]>,
): void {
  for (const [name, value] of Object.entries({ ...ALWAYS, ...headers })) response.setHeader(name, value);
  response.setHeader("content-type", "application/grpc");
  response.setHeader("grpc-status", status === 404 ? Code.Unimplemented : code);
  response.setHeader("grpc-message", grpcMessage(message));
  (response as ServerResponse).end();
}

/** Percent-encodes all characters but %x20-24 and %x26-7E: github.com/grpc/grpc, doc/PROTOCOL-HTTP2.md, "Percent-Encoded". */
export function grpcMessage(text: string): string {
  return text.replaceAll(/[^\x20-\x24\x26-\x7e]+/g, encodeURIComponent);
}

function acceptsGzip(request: Request): boolean {
  return (
    request.headers["accept-encoding"] !== undefined &&
    new Negotiator(request as IncomingMessage).encoding(["gzip", "identity"]) === "gzip"
  );
}

/** Returns the Connect error JSON, `{"code": …, "message": …}`, with the code's HTTP status or the given one. */
export function errorAnswer(
  code: Code,
  message: string,
  options: { readonly status?: number; readonly headers?: Readonly<Record<string, string>> } = {},
): Answer {
  return {
    status: options.status ?? codeToHttpStatus(code),
    body: JSON.stringify({ code: codeToString(code), message }),
    error: { code, message },
    ...(options.headers && { headers: options.headers }),
  };
}
