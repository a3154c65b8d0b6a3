/** What HTTP/1.1 that Node's parser refuses is told before its connection is closed: the same shape as every other error. */
import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { Code } from "@connectrpc/connect";
import { type Answer, errorAnswer } from "./answer.ts";
import type { TimeLimits } from "./limits.ts";
import { endRefused, isToldAlready } from "./lingering.ts";
import { headTooLong } from "./refusals.ts";
import { connectionBeneath } from "./traffic/connection.ts";

/** For the server's `clientError`. */
export function clientErrorAnswer(times: TimeLimits): (error: NodeJS.ErrnoException, socket: Socket) => void {
  return (error, socket) => answerClientError(error, socket, times);
}

function answerClientError(error: NodeJS.ErrnoException, socket: Socket, times: TimeLimits): void {
  if (isToldAlready(socket)) return;
  const exchanges = connectionBeneath(socket)?.exchanges ?? [];
  // Not in the middle of an answer.
  if (
    error.code === "ECONNRESET" ||
    !socket.writable ||
    exchanges.some(({ response }) => response.headersSent)
  ) {
    socket.destroy();
    return;
  }
  const { status, body } = answerOf(error.code, times);
  endRefused(
    socket,
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      "content-type: application/json",
      `content-length: ${Buffer.byteLength(body)}`,
      "connection: close",
      "",
      body,
    ].join("\r\n"),
  );
}

function answerOf(code: string | undefined, { headerSeconds, requestSeconds }: TimeLimits): Answer {
  switch (code) {
    case "HPE_HEADER_OVERFLOW":
      return headTooLong();
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return errorAnswer(
        Code.DeadlineExceeded,
        `the request took too long: ${headerSeconds} s are for its headers, ${requestSeconds} s for all of it`,
        { status: 408 },
      );
    default:
      return errorAnswer(Code.InvalidArgument, "this is no HTTP/1.1 request, and no HTTP/2");
  }
}
