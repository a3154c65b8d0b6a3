/** Corrects what the library answers to a request of the RPC that cannot be read: the client's error, not ours. */
import { base64Decode } from "@bufbuild/protobuf/wire";
import { Code, ConnectError, type HandlerContext } from "@connectrpc/connect";
import { type Answer, errorAnswer, grpcMessage } from "./answer.ts";

/**
 * For the router's `requestGate`. Throws if the call is aborted already: then nobody waits for it, and its error would
 * not be seen.
 */
export function correctErrors({ signal, protocolName, responseTrailer }: HandlerContext): void {
  if (signal.aborted) throw ConnectError.from(signal.reason);
  // The library aborts a call that fails with its error, and then answers with that error.
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

/** The message for the client, instead of the library's. Undefined: the message is right. */
function unreadable(message: string): string | undefined {
  // The library repeats what it cannot read in a header, which takes no half of a surrogate pair.
  if (!message.isWellFormed()) return "the request holds text that is not valid Unicode";
  if (message.startsWith(PARSING))
    return `the request's message cannot be parsed: ${message.slice(PARSING.length)}`;
  if (message === "decompression failed") return "the request is not compressed by gzip, or is cut off";
  return undefined;
}

/**
 * The library percent-encodes more of an error's message than the protocol asks for. grpc-js, which decodes by
 * `decodeURI`, would show `read_mask%3A`.
 */
function encodeLess(trailer: Headers): void {
  const set = trailer.set.bind(trailer);
  const encoded = (name: string, value: string) =>
    set(name, name.toLowerCase() === "grpc-message" ? grpcMessage(decodeURIComponent(value)) : value);
  Object.assign(trailer, { set: encoded });
}

/** Connect's GET may have its message in the query as base64. */
export function badBase64(query: URLSearchParams): Answer | undefined {
  if (query.get("base64") !== "1") return undefined;
  try {
    base64Decode(query.get("message") ?? "");
    return undefined;
  } catch {
    return errorAnswer(Code.InvalidArgument, 'the query parameter "message" is no base64');
  }
}
