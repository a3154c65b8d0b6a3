/**
 * The words of a gRPC error as every client reads them. The library percent-encodes more than the protocol asks for, and
 * grpc-js, which decodes by `decodeURI`, then shows `read_mask%3A`. Encoded here is what must be: all but %x20-24 and
 * %x26-7E (github.com/grpc/grpc, doc/PROTOCOL-HTTP2.md, "Percent-Encoded").
 */
import type { UniversalServerResponse } from "@connectrpc/connect/protocol";

const MESSAGE = "grpc-message";

export function withReadableMessage(response: UniversalServerResponse): UniversalServerResponse {
  const { body, trailer } = response;
  if (!(trailer && body && Symbol.asyncIterator in body)) return response;
  return { ...response, body: followedBy(body, () => rewrite(trailer)) };
}

/** The status is known only once the last message has been read. */
async function* followedBy<T>(items: AsyncIterable<T>, last: () => void): AsyncIterable<T> {
  yield* items;
  last();
}

function rewrite(trailer: Headers): void {
  const encoded = trailer.get(MESSAGE);
  if (encoded !== null) trailer.set(MESSAGE, encodedMessage(decodeURIComponent(encoded)));
}

/** As `grpc-message` carries it. */
export function encodedMessage(text: string): string {
  return text.replaceAll(/[^\x20-\x24\x26-\x7e]+/g, encodeURIComponent);
}
