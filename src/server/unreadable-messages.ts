/**
 * Messages that cannot be read: the request's fault. The library answers what it cannot parse, and some of what it cannot
 * decompress, as `internal`, which is the word for a bug of ours.
 */

import { base64Decode } from "@bufbuild/protobuf/wire";
import {
  Code,
  ConnectError,
  type ContextValues,
  createContextKey,
  type HandlerContext,
} from "@connectrpc/connect";
import type { Compression } from "@connectrpc/connect/protocol";
import { type Answer, errorAnswer } from "./answer.ts";

const REASON = createContextKey<string | undefined>(undefined);

/** How the library begins what it says of a message that it cannot parse. */
const PARSING = "parse binary: ";

/**
 * For the router's `requestGate`. A call that fails is aborted with its error before it is answered. Throws where it is
 * aborted already: then it would not tell, and nobody waits for it.
 */
export function noteUnreadable({ signal, values }: HandlerContext): void {
  if (signal.aborted) throw ConnectError.from(signal.reason);
  const note = () => {
    const { reason } = signal;
    if (reason instanceof ConnectError && reason.rawMessage.startsWith(PARSING))
      values.set(REASON, reason.rawMessage.slice(PARSING.length));
  };
  signal.addEventListener("abort", note, { once: true });
}

/** What such a call is told instead of what the library made of it. */
export function unreadableMessage(values: ContextValues): Answer | undefined {
  const reason = values.get(REASON);
  return reason === undefined
    ? undefined
    : errorAnswer(Code.InvalidArgument, `the request's message cannot be parsed: ${reason}`);
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

/** The same compression, which tells the request what is wrong with it. */
export function forRequests(compression: Compression): Compression {
  const { name } = compression;
  return {
    ...compression,
    async decompress(bytes, readMaxBytes) {
      try {
        return await compression.decompress(bytes, readMaxBytes);
      } catch (error) {
        if (ConnectError.from(error).code === Code.ResourceExhausted) throw error;
        throw new ConnectError(
          `the request is not compressed by ${name}, or is cut off`,
          Code.InvalidArgument,
        );
      }
    },
  };
}
