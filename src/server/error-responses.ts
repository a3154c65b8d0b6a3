/** Checks requests beyond what Node's parsers check, and builds the error responses. */
import type { IncomingMessage } from "node:http";
import type { Http2ServerRequest } from "node:http2";
import { Code } from "@connectrpc/connect";
import { type Answer, errorAnswer, type Request } from "./answer.ts";
import { LIMITS } from "./limits.ts";

/** Returns the error of the request's head, or undefined. */
export function headError(request: Request): Answer | undefined {
  const wrong = "stream" in request ? http2HeadError(request) : http1HeadError(request);
  return wrong ?? expectationError(request);
}

/** RFC 9110, section 10.1.1. An announced body may follow or not, so an HTTP/1.1 connection cannot continue. */
function expectationError(request: Request): Answer | undefined {
  const { expect = "" } = request.headers;
  if (/^[\s,]*(100-continue[\s,]*)*$/i.test(expect)) return undefined;
  const message = `the expectation ${JSON.stringify(expect.slice(0, 40))} is not supported: use 100-continue or none`;
  const headers = request.httpVersionMajor === 1 && mayHaveBody(request) ? { connection: "close" } : {};
  return errorAnswer(Code.Unimplemented, message, { status: 417, headers });
}

/**
 * Refuses a missing or second `Host` header (RFC 9112, section 3.2). Node uses the first, and a proxy in between may
 * have checked the other.
 */
function http1HeadError({ rawHeaders, httpVersion }: IncomingMessage): Answer | undefined {
  // `rawHeaders` alternates names and values.
  const hosts = rawHeaders.filter((name, at) => at % 2 === 0 && /^host$/i.test(name)).length;
  if (hosts === 1 || (hosts === 0 && httpVersion === "1.0")) return undefined;
  const headers = { connection: "close" };
  return errorAnswer(Code.InvalidArgument, `the request has ${hosts} Host headers: send exactly one`, {
    headers,
  });
}

/**
 * Refuses headers that are too long. Node enforces the limit only once the client has acknowledged the server's
 * settings. A field counts as 32 bytes plus its name and value: RFC 9113, section 6.5.2.
 */
function http2HeadError({ rawHeaders }: Http2ServerRequest): Answer | undefined {
  let bytes = 0;
  for (const text of rawHeaders) bytes += 16 + text.length;
  if (bytes <= LIMITS.headerBytes) return undefined;
  const message = `the path and headers exceed ${LIMITS.headerBytes} bytes`;
  return errorAnswer(Code.ResourceExhausted, message, { status: 431 });
}

/** Whether an RPC request has a usable authority, from which the library builds a URL. */
export function hasAuthority(request: Request): boolean {
  const authority = "authority" in request ? request.authority : request.headers.host;
  return authority !== undefined && URL.canParse(request.url ?? "", `http://${authority}`);
}

/** Whether `content-length` exceeds the limit. */
export function announcesLongBody({ headers }: Request): boolean {
  return Number(headers["content-length"] ?? 0) > LIMITS.bodyBytes;
}

/**
 * Reads and discards a body that is not needed. Resolves with false once it exceeds the limit. An unread body would
 * make an HTTP/2 client wait before it sends the rest, and its stream would be reset before it saw the response.
 */
export async function hasShortBody(request: Request): Promise<boolean> {
  if (!mayHaveBody(request) || request.readableEnded || request.destroyed) return true;
  let bytes = 0;
  return await new Promise((resolve) => {
    request.on("data", function count(chunk: Buffer) {
      bytes += chunk.length;
      if (bytes <= LIMITS.bodyBytes) return;
      request.off("data", count);
      request.pause();
      resolve(false);
    });
    for (const end of ["end", "error", "close"]) request.once(end, () => resolve(true));
  });
}

/** HTTP/1.1 announces a body by one of two headers (RFC 9112, section 6.3), HTTP/2 by leaving the stream open. */
function mayHaveBody(request: Request): boolean {
  if ("stream" in request) return !request.stream.endAfterHeaders;
  return "content-length" in request.headers || "transfer-encoding" in request.headers;
}

export function notFound(path: string, plainPaths: Iterable<string>, rpcPaths: Iterable<string>): Answer {
  const plain = [...plainPaths];
  const similar = similarPath(path, [...plain, ...rpcPaths]);
  const hint = similar === undefined ? `see ${plain.join(", ")}` : `did you mean ${similar}?`;
  return errorAnswer(Code.NotFound, `not found: ${hint}`);
}

/** Returns the path that a client most likely meant: in another case, with an extra slash, or percent-encoded. */
export function similarPath(path: string, paths: readonly string[]): string | undefined {
  const plain = simplified(path);
  return paths.find((known) => simplified(known) === plain);
}

function simplified(path: string): string {
  return path.replaceAll(/%2f/gi, "/").replaceAll(/\/+/g, "/").replace(/\/$/, "").toLowerCase();
}

export function methodNotAllowed(methods: readonly string[]): Answer {
  const allow = methods.join(", ");
  return errorAnswer(Code.Unimplemented, `method not allowed: this path supports ${allow}`, {
    status: 405,
    headers: { allow },
  });
}

/** Refuses query parameters that are not known, since a misspelt one must not silently mean "everything". */
export function unknownParameters(given: URLSearchParams, known: readonly string[]): Answer | undefined {
  const unknown = [...new Set(given.keys())].filter((name) => !known.includes(name));
  if (unknown.length === 0) return undefined;
  const named = unknown.slice(0, 5).map((name) => JSON.stringify(name.slice(0, 40)));
  const subject = unknown.length === 1 ? "unknown query parameter" : "unknown query parameters";
  const message = `${subject} ${named.join(", ")}: this path supports ${known.join(", ")}`;
  return errorAnswer(Code.InvalidArgument, message);
}

/** The rest of the body is not read, so an HTTP/1.1 connection cannot continue. An HTTP/2 connection can. */
export function bodyTooLong({ httpVersionMajor }: Request): Answer {
  const message = `the request body exceeds ${LIMITS.bodyBytes} bytes`;
  const headers = httpVersionMajor === 1 ? { connection: "close" } : {};
  return errorAnswer(Code.ResourceExhausted, message, { status: 413, headers });
}

export function badAuthority(): Answer {
  return errorAnswer(Code.InvalidArgument, "the request has no valid host");
}

export function unsupportedType(types: readonly string[], given: string | undefined): Answer {
  const message =
    given === undefined
      ? `the request has no content type: use ${types.join(", ")}`
      : `unsupported content type ${JSON.stringify(given.slice(0, 80))}: use ${types.join(", ")}`;
  return errorAnswer(Code.Unimplemented, message, {
    status: 415,
    headers: { "accept-post": types.join(", ") },
  });
}

/** With GET, the query names the encoding of the request. */
export function unsupportedEncoding(given: string | null): Answer {
  const named = given === null ? "is missing" : `is ${JSON.stringify(given.slice(0, 40))}`;
  const message = `the query parameter "encoding" ${named}: use json or proto`;
  return errorAnswer(Code.Unimplemented, message, { status: 415 });
}

/** For a bidirectional stream. Closing the connection informs a client that waits for the stream over HTTP/1.1. */
export function needsHttp2(): Answer {
  const message = "this method streams in both directions: use HTTP/2";
  return errorAnswer(Code.Unimplemented, message, { status: 505, headers: { connection: "close" } });
}
