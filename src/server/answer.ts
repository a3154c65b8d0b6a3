/** Writing an answer: headers, gzip where the client takes it and it pays, and every error in one shape. */
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

/** A plain HTTP answer before it is written. `body` is JSON text. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** What `body` says, if it is an error. */
  readonly error?: { readonly code: Code; readonly message: string };
}

/** Below this a packet holds it anyway, and compressing only costs. */
const GZIP_FROM_BYTES = 1400;

const compress = promisify(gzip);

/** In every answer: nothing is kept, and no browser guesses another type. */
export const ALWAYS = { "cache-control": "no-store", "x-content-type-options": "nosniff" } as const;

/** A text that several clients are given at the same time is compressed once. */
const compressing = new Map<string, Promise<Buffer>>();

function compressOnce(text: string): Promise<Buffer> {
  const running = compressing.get(text) ?? compress(text).finally(() => compressing.delete(text));
  compressing.set(text, running);
  return running;
}

export async function write(request: Request, response: Response, answer: Answer): Promise<void> {
  if (answer.status === 204) {
    (response as ServerResponse).writeHead(204, { ...ALWAYS, ...answer.headers }).end();
    return;
  }
  if (answer.error && GRPC.test(request.headers["content-type"] ?? "")) {
    writeGrpcError(response, answer, answer.error);
    return;
  }
  let body: string | Buffer = answer.body;
  let length = Buffer.byteLength(body);
  const headers: Record<string, string | number> = {
    "content-type": "application/json",
    ...ALWAYS,
    vary: "accept-encoding",
    ...answer.headers,
  };
  // Set by CORS alone.
  const vary = response.getHeader("vary");
  if (vary !== undefined) headers.vary += `, ${vary}`;
  if (length >= GZIP_FROM_BYTES && acceptsGzip(request)) {
    body = await compressOnce(body);
    length = body.length;
    headers["content-encoding"] = "gzip";
  }
  headers["content-length"] = length;
  (response as ServerResponse).writeHead(answer.status, headers);
  if (request.method === "HEAD") response.end();
  // ASCII, as nearly every answer is, needs no conversion. By this name it is written beside the headers; by the name of
  // UTF-8 or Latin-1 node:http joins both to one text first, for each client that shares the answer.
  else if (typeof body === "string" && body.length === length)
    (response as ServerResponse).end(body, "ascii");
  else (response as ServerResponse).end(body);
}

const GRPC = /^application\/grpc(?:$|[+;-])/;

/**
 * A client of gRPC reads no JSON, but headers that also end the stream: github.com/grpc/grpc, doc/PROTOCOL-HTTP2.md,
 * "Trailers-Only". What is not there is for it a method that is not implemented.
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

/** Encodes all but %x20-24 and %x26-7E: github.com/grpc/grpc, doc/PROTOCOL-HTTP2.md, "Percent-Encoded". */
export function grpcMessage(text: string): string {
  return text.replaceAll(/[^\x20-\x24\x26-\x7e]+/g, encodeURIComponent);
}

function acceptsGzip(request: Request): boolean {
  return (
    request.headers["accept-encoding"] !== undefined &&
    new Negotiator(request as IncomingMessage).encoding(["gzip", "identity"]) === "gzip"
  );
}

/** The Connect error JSON, `{"code": …, "message": …}`, under the code's HTTP status or the one given; gRPC for gRPC. */
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
