/** Corrects the library's errors for RPC requests that cannot be read: these are client errors. */
import { base64Decode } from "@bufbuild/protobuf/wire";
import { Code, ConnectError, type HandlerContext } from "@connectrpc/connect";
import { type Answer, errorAnswer, grpcMessage } from "./answer.ts";

/** For the router's `requestGate`. Throws if the call is already aborted, since no client waits for its response. */
export function correctErrors({ signal, protocolName, responseTrailer }: HandlerContext): void {
  if (signal.aborted) throw ConnectError.from(signal.reason);
  // The library aborts a failed call with its error, and then responds with that error.
  const correct = () => {
    const { reason } = signal;
    if (!(reason instanceof ConnectError)) return;
    const message = unreadable(reason.rawMessage);
    if (message !== undefined) Object.assign(reason, { code: Code.InvalidArgument, rawMessage: message });
  };
  signal.addEventListener("abort", correct, { once: true });
  if (protocolName === "grpc") encodeLess(responseTrailer);
}

const PARSING = "parse binary: ";

/** Returns a message to replace the library's, or undefined to keep it. */
function unreadable(message: string): string | undefined {
  // The library repeats unreadable text in a header, which cannot hold half a surrogate pair.
  if (!message.isWellFormed()) return "the request contains text that is not valid Unicode";
  if (message.startsWith(PARSING))
    return `cannot parse the request message: ${message.slice(PARSING.length)}`;
  if (message === "decompression failed") return "the request body is not valid gzip, or is truncated";
  return undefined;
}

/**
 * Percent-encodes only what the protocol requires in an error message. The library encodes more, and grpc-js, which
 * decodes with `decodeURI`, would show `read_mask%3A`.
 */
function encodeLess(trailer: Headers): void {
  const set = trailer.set.bind(trailer);
  const encoded = (name: string, value: string) =>
    set(name, name.toLowerCase() === "grpc-message" ? grpcMessage(decodeURIComponent(value)) : value);
  Object.assign(trailer, { set: encoded });
}

/** Refuses a Connect GET request whose message is not valid base64. */
export function badBase64(query: URLSearchParams): Answer | undefined {
  if (query.get("base64") !== "1") return undefined;
  try {
    base64Decode(query.get("message") ?? "");
    return undefined;
  } catch {
    return errorAnswer(Code.InvalidArgument, 'the query parameter "message" is not valid base64');
  }
}
