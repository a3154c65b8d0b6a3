/** What a request is told that asks for what is not there, or in a way that it does not have. */
import { Code } from "@connectrpc/connect";
import { type Answer, errorAnswer, type Request } from "./answer.ts";
import { LIMITS } from "./limits.ts";
import { similarPath } from "./similar-path.ts";

export function notFound(path: string, plainPaths: Iterable<string>, rpcPaths: Iterable<string>): Answer {
  const plain = [...plainPaths];
  const similar = similarPath(path, [...plain, ...rpcPaths]);
  const hint = similar === undefined ? `see ${plain.join(", ")}` : `it is ${similar}`;
  return errorAnswer(Code.NotFound, `there is nothing here; ${hint}`);
}

export function methodNotAllowed(methods: readonly string[]): Answer {
  const allow = methods.join(", ");
  return errorAnswer(Code.Unimplemented, `this path answers ${allow}`, { status: 405, headers: { allow } });
}

/** What is left of the body is not read, so that HTTP/1.1 cannot go on with the same connection; HTTP/2 can. */
export function tooLong({ httpVersionMajor }: Request): Answer {
  const message = `the request's body is longer than ${LIMITS.bodyBytes} bytes`;
  const headers = httpVersionMajor === 1 ? { connection: "close" } : {};
  return errorAnswer(Code.ResourceExhausted, message, { status: 413, headers });
}

export function headTooLong(): Answer {
  const message = `the request's path and headers are longer than ${LIMITS.headerBytes} bytes`;
  return errorAnswer(Code.ResourceExhausted, message, { status: 431 });
}

/** Over HTTP/1.1. */
export function wrongHosts(count: number): Answer {
  const headers = { connection: "close" };
  return errorAnswer(Code.InvalidArgument, `the request has ${count} Host headers: give one`, { headers });
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

/** A stream both ways. A client that waits for it over HTTP/1.1 is told by the connection's end. */
export function needsHttp2(): Answer {
  const message = "this method streams both ways, which takes HTTP/2";
  return errorAnswer(Code.Unimplemented, message, { status: 505, headers: { connection: "close" } });
}

export function notUnicode(): Answer {
  return errorAnswer(Code.InvalidArgument, "the request holds text that is not valid Unicode");
}

export function badAuthority(): Answer {
  return errorAnswer(Code.InvalidArgument, "the request's host is missing or is none");
}
