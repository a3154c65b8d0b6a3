/** What is wrong with a request, beyond what Node's parsers refuse, and the error that it is answered with. */
import type { IncomingMessage } from "node:http";
import type { Http2ServerRequest } from "node:http2";
import { Code } from "@connectrpc/connect";
import { type Answer, errorAnswer, type Request } from "./answer.ts";
import { LIMITS } from "./limits.ts";

/** Undefined if nothing is wrong with the head. */
export function headError(request: Request): Answer | undefined {
  const wrong = "stream" in request ? http2HeadError(request) : http1HeadError(request);
  return wrong ?? expectationError(request);
}

/** RFC 9110, section 10.1.1. A body that is announced may come or not, so that HTTP/1.1 cannot go on. */
function expectationError(request: Request): Answer | undefined {
  const { expect = "" } = request.headers;
  if (/^[\s,]*(100-continue[\s,]*)*$/i.test(expect)) return undefined;
  const message = `the expectation ${JSON.stringify(expect.slice(0, 40))} cannot be met: use 100-continue or none`;
  const headers = request.httpVersionMajor === 1 && mayHaveBody(request) ? { connection: "close" } : {};
  return errorAnswer(Code.Unimplemented, message, { status: 417, headers });
}

/**
 * A missing `Host`, or a second one (RFC 9112, section 3.2): Node takes the first, and a proxy that passed the request on
 * may have looked at the other.
 */
function http1HeadError({ rawHeaders, httpVersion }: IncomingMessage): Answer | undefined {
  // Every other one is a name.
  const hosts = rawHeaders.filter((name, at) => at % 2 === 0 && /^host$/i.test(name)).length;
  if (hosts === 1 || (hosts === 0 && httpVersion === "1.0")) return undefined;
  const headers = { connection: "close" };
  return errorAnswer(Code.InvalidArgument, `the request has ${hosts} Host headers: give one`, { headers });
}

/**
 * Too long: Node holds a client to the length only once that has acknowledged the server's settings. A field counts for
 * 32 bytes and its name and value: RFC 9113, section 6.5.2.
 */
function http2HeadError({ rawHeaders }: Http2ServerRequest): Answer | undefined {
  let bytes = 0;
  for (const text of rawHeaders) bytes += 16 + text.length;
  if (bytes <= LIMITS.headerBytes) return undefined;
  const message = `the request's path and headers are longer than ${LIMITS.headerBytes} bytes`;
  return errorAnswer(Code.ResourceExhausted, message, { status: 431 });
}

/** Whether an RPC has an address: its library makes a URL of it. */
export function hasAuthority(request: Request): boolean {
  const authority = "authority" in request ? request.authority : request.headers.host;
  return authority !== undefined && URL.canParse(request.url ?? "", `http://${authority}`);
}

/** Whether the request itself says that its body is too long. */
export function announcesLongBody({ headers }: Request): boolean {
  return Number(headers["content-length"] ?? 0) > LIMITS.bodyBytes;
}

/**
 * Reads a body that nobody needs and discards it; false as soon as it is too long. Until it is read, a client of HTTP/2
 * may wait to send the rest, and its stream would be reset before it saw the answer.
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
  const hint = similar === undefined ? `see ${plain.join(", ")}` : `it is ${similar}`;
  return errorAnswer(Code.NotFound, `there is nothing here; ${hint}`);
}

/** The path that a client most likely meant: another case, a slash too many, or one that was encoded. */
export function similarPath(path: string, paths: readonly string[]): string | undefined {
  const plain = simplified(path);
  return paths.find((known) => simplified(known) === plain);
}

function simplified(path: string): string {
  return path.replaceAll(/%2f/gi, "/").replaceAll(/\/+/g, "/").replace(/\/$/, "").toLowerCase();
}

export function methodNotAllowed(methods: readonly string[]): Answer {
  const allow = methods.join(", ");
  return errorAnswer(Code.Unimplemented, `this path answers ${allow}`, { status: 405, headers: { allow } });
}

/** A misspelt query parameter must not silently mean "everything". Undefined if all that is given is known. */
export function unknownParameters(given: URLSearchParams, known: readonly string[]): Answer | undefined {
  const unknown = [...new Set(given.keys())].filter((name) => !known.includes(name));
  if (unknown.length === 0) return undefined;
  const named = unknown.slice(0, 5).map((name) => JSON.stringify(name.slice(0, 40)));
  const subject = unknown.length === 1 ? "the query parameter" : "the query parameters";
  const verb = unknown.length === 1 ? "is" : "are";
  const message = `${subject} ${named.join(", ")} ${verb} not known: it takes ${known.join(", ")}`;
  return errorAnswer(Code.InvalidArgument, message);
}

/** What is left of the body is not read, so that HTTP/1.1 cannot go on with the same connection; HTTP/2 can. */
export function bodyTooLong({ httpVersionMajor }: Request): Answer {
  const message = `the request's body is longer than ${LIMITS.bodyBytes} bytes`;
  const headers = httpVersionMajor === 1 ? { connection: "close" } : {};
  return errorAnswer(Code.ResourceExhausted, message, { status: 413, headers });
}

export function badAuthority(): Answer {
  return errorAnswer(Code.InvalidArgument, "the request's host is missing or is none");
}

export function unsupportedType(types: readonly string[], given: string | undefined): Answer {
  const message =
    given === undefined
      ? `the request has no content type; this path takes ${types.join(", ")}`
      : `the content type ${JSON.stringify(given.slice(0, 80))} is none that this path takes: ${types.join(", ")}`;
  return errorAnswer(Code.Unimplemented, message, {
    status: 415,
    headers: { "accept-post": types.join(", ") },
  });
}

/** By GET the query says in what encoding the request is. */
export function unsupportedEncoding(given: string | null): Answer {
  const named = given === null ? "is missing" : `is ${JSON.stringify(given.slice(0, 40))}`;
  const message = `the query parameter "encoding" ${named}: it takes json, proto`;
  return errorAnswer(Code.Unimplemented, message, { status: 415 });
}

/** A stream both ways. The end of the connection tells a client that waits for it over HTTP/1.1. */
export function needsHttp2(): Answer {
  const message = "this method streams both ways, which takes HTTP/2";
  return errorAnswer(Code.Unimplemented, message, { status: 505, headers: { connection: "close" } });
}
