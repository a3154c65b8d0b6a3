/** docs/operations.md states the limits of the code, and quotes messages of the code. */
import { globSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { HTTP2_OPTIONS, LIMITS, TIME_LIMITS } from "../../src/server/limits.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const DOCUMENT = readFileSync(`${ROOT}docs/operations.md`, "utf8");

/** Returns the cells of each table row between two headings. */
function rowsOf(heading: string): readonly (readonly string[])[] {
  const [, section = ""] = DOCUMENT.split(`\n## ${heading}\n`);
  const [text = ""] = section.split("\n## ");
  const lines = text.split("\n").filter((line) => line.startsWith("| "));
  return lines.map((line) => line.split(" | ").map((cell) => cell.replace(/^\| | \|$/g, "")));
}

describe("docs/operations.md", () => {
  it("states the server's limits", () => {
    const [KIBIBYTE, MEBIBYTE] = [1024, 1024 ** 2];
    const { headerSeconds, requestSeconds, exchangeSeconds, idleSeconds } = TIME_LIMITS;
    const limits = Object.fromEntries(rowsOf("Limits").map(([name = "", value = ""]) => [name, value]));
    expect(limits).toMatchObject({
      connections: `${LIMITS.connections}`,
      "from connecting to the first byte, TLS included": `${headerSeconds} s`,
      "a request's headers": `${headerSeconds} s`,
      "a whole request": `${requestSeconds} s over HTTP/1.1`,
      "from a request's headers until the client has taken the answer": `${exchangeSeconds} s`,
      "between requests": `${idleSeconds} s`,
      "path and headers": `${LIMITS.headerBytes / KIBIBYTE} KiB, over HTTP/2 also ${HTTP2_OPTIONS.maxHeaderListPairs} headers`,
      "body, as sent and once decompressed": `${LIMITS.bodyBytes / KIBIBYTE} KiB`,
      "HTTP/1.1 requests that wait for answers": `${LIMITS.pipelinedRequests} a connection, processed one after the other`,
      "HTTP/2 streams": `${LIMITS.streamsPerConnection} a connection`,
      "requests in progress": LIMITS.requests.toLocaleString("en"),
      "streaming calls (`Watch`, reflection)": `${LIMITS.openCallsPerConnection} a connection, ${LIMITS.openCalls} in all`,
      "unread answers over HTTP/2": `${LIMITS.unsentBytesPerConnection / MEBIBYTE} MiB a connection`,
      "unread answers": `${LIMITS.unsentBytes / MEBIBYTE} MiB in all, checked before each is made`,
      "HTTP/2 resets by the client": `${HTTP2_OPTIONS.streamResetBurst} at once, then ${HTTP2_OPTIONS.streamResetRate} a second`,
      "HTTP/2 frames against the protocol": `${HTTP2_OPTIONS.maxSessionInvalidFrames} a connection`,
      "bytes outside requests (PING, SETTINGS, a body after a refusal)": `${LIMITS.bytesPerSecondBesideRequests / MEBIBYTE} MiB a second`,
    });
  });

  it("quotes only messages of the service", () => {
    const sources = globSync(`${ROOT}{src,shared}/**/*.ts`).map((path) => readFileSync(path, "utf8"));
    const quoted = rowsOf("What the log says").flatMap(([words = ""]) =>
      /^-|^a warning|^`not ready`|…/.test(words) ? [] : [words],
    );
    expect(quoted.length).toBeGreaterThan(15);
    expect(quoted.filter((words) => !sources.some((source) => source.includes(words)))).toEqual([]);
  });
});
