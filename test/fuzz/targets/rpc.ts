/**
 * Arbitrary bytes, paths and headers sent to the running handler: over HTTP/1.1 and HTTP/2, in all three
 * protocols, and to reflection.
 */
import assert from "node:assert";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import http2 from "node:http2";
import type { AddressInfo } from "node:net";
import { create, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { ServerReflectionRequestSchema } from "../../../gen/grpc/reflection/v1/reflection_pb.js";
import {
  failed,
  GetMetricsRequestSchema,
  type Mounted,
  mountMetrics,
  type Repository,
} from "../../../src/index.ts";
import { anyText, damaged, textOf, trapNames } from "../lines.ts";
import type { FuzzTarget, Started } from "../target.ts";

/** A repository that returns nothing at once, since the test covers what comes before it. */
const REPOSITORY: Repository = {
  read: async (parts) => ({
    sourceEpoch: "",
    parts: Object.fromEntries(parts.map((part) => [part, failed("unavailable", "there is none")])),
  }),
  close: async () => {},
};

const METRICS = "/orchestrator.metrics.v1.MetricsService/GetMetrics";
const REFLECTION = ["v1", "v1alpha"].map(
  (version) => `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`,
);
const PATHS = [METRICS, "/grpc.health.v1.Health/Check", "/grpc.health.v1.Health/List", ...REFLECTION];

const framed = (message: Uint8Array, flags = 0): Uint8Array => {
  const frame = new Uint8Array(5 + message.length);
  new DataView(frame.buffer).setUint32(1, message.length);
  frame[0] = flags;
  frame.set(message, 5);
  return frame;
};

const masks = fc
  .array(
    fc.oneof(
      fc.constantFrom("queue", "cost", "stages", "agents"),
      fc.string({ unit: "binary", maxLength: 2000 }),
      trapNames,
    ),
    { maxLength: 5 },
  )
  .map((paths) =>
    toBinary(GetMetricsRequestSchema, create(GetMetricsRequestSchema, { readMask: { paths } })),
  );

const question = fc.oneof(
  fc.constantFrom("orchestrator.metrics.v1.MetricsService", "google.protobuf.Timestamp", "*"),
  trapNames,
  fc.string({ unit: "binary" }),
);
const questions = fc
  .tuple(
    fc.constantFrom("listServices", "fileByFilename", "fileContainingSymbol", "allExtensionNumbersOfType"),
    question,
    question,
  )
  .map(([name, value, host]) =>
    toBinary(
      ServerReflectionRequestSchema,
      create(ServerReflectionRequestSchema, {
        host,
        messageRequest: { case: name as "listServices", value },
      }),
    ),
  );

const messages = fc.oneof(masks, questions, fc.uint8Array({ maxLength: 60 }));
const json = fc.oneof(
  fc.constantFrom('{"read_mask":"queue"}', '{"readMask":"nothing"}', "{}", "null", '{"a":1}'),
  fc.jsonValue().map((value) => JSON.stringify(value)),
);
const bodies = fc.oneof(
  fc
    .array(fc.tuple(messages, fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, fc.nat(255))), {
      maxLength: 4,
    })
    .map((frames) => Buffer.concat(frames.map(([message, flags]) => framed(message, flags)))),
  messages,
  damaged(json).map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 300 }),
);

/** An input that an HTTP client itself refuses to send does not count. */
const headerText = textOf(
  fc.constantFrom("1", "S", "m", "gzip", "br", "identity", "application/", "grpc", "proto", "+json", "q=0"),
  [",", ";", " ", ""],
).map((text) => text.replaceAll(/[^\x20-\x7e]/g, "").trim());
const headers = fc.record(
  {
    "content-type": fc.oneof(
      {
        weight: 5,
        arbitrary: fc.constantFrom(
          "application/grpc",
          "application/grpc+proto",
          "application/grpc-web",
          "application/grpc-web+proto",
          "application/grpc+json",
        ),
      },
      {
        weight: 5,
        arbitrary: fc.constantFrom(
          "application/proto",
          "application/json",
          "application/connect+proto",
          "application/connect+json",
          "application/json; charset=utf-8",
        ),
      },
      headerText,
    ),
    "grpc-timeout": fc.oneof(
      fc.constantFrom("1S", "99999999H", "0n", "1000000000S", "-1S", "10"),
      headerText,
    ),
    "connect-timeout-ms": fc.oneof(fc.constantFrom("1000", "0", "99999999999", "1e3", "-5"), headerText),
    "connect-protocol-version": fc.constantFrom("1", "2", ""),
    "grpc-encoding": fc.oneof(fc.constantFrom("gzip", "identity", "br", "zstd"), headerText),
    "content-encoding": fc.oneof(fc.constantFrom("gzip", "identity", "br", "zstd"), headerText),
    "grpc-accept-encoding": headerText,
    "accept-encoding": headerText,
    accept: headerText,
    te: fc.constant("trailers"),
    traceparent: headerText,
    "bad-bin": headerText,
  },
  { requiredKeys: ["content-type"] },
);

const queries = fc.oneof(
  { weight: 2, arbitrary: fc.constant("") },
  fc
    .dictionary(
      fc.oneof(
        fc.constantFrom("encoding", "message", "base64", "compression", "connect", "read_mask", "format"),
        anyText,
      ),
      fc.oneof(fc.constantFrom("proto", "json", "1", "v1", "{}", "gzip", "queue", "prometheus"), anyText),
      { maxKeys: 5 },
    )
    .map(
      (query) =>
        `?${new URLSearchParams(Object.entries(query).map(([name, value]): [string, string] => [name.toWellFormed(), value.toWellFormed()]))}`,
    ),
  fc.webQueryParameters().map((query) => `?${query}`),
);

const requests = fc.record({
  method: fc.oneof(
    { weight: 5, arbitrary: fc.constant("POST") },
    fc.constantFrom("GET", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"),
  ),
  path: fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...PATHS) },
    fc.constantFrom("/metrics", "/status", "/queue", "/ready", "/health", "/openapi.json"),
    fc.webPath().map((path) => path || "/"),
  ),
  query: queries,
  headers,
  body: bodies,
});
type Sent = typeof requests extends fc.Arbitrary<infer T> ? T : never;

/** Any other status is a bug, as is gRPC's `unknown`, a call of `onUnexpected`, or a missing response. */
const STATUSES = [200, 204, 400, 403, 404, 405, 406, 408, 413, 415, 429, 499, 501, 503, 504, 505];

/** The library's message for an unparseable message if the call's deadline passes at that moment. */
const isKnown = (status: number | undefined, body: string, headers: Sent["headers"]) =>
  STATUSES.includes(status ?? 0) ||
  (status === 500 &&
    headers["connect-timeout-ms"] !== undefined &&
    body.includes('"message":"parse binary:'));

function serving(): { readonly mounted: Mounted; readonly unexpected: string[] } {
  const unexpected: string[] = [];
  const mounted = mountMetrics({
    repository: REPOSITORY,
    onUnexpected: (where, error) =>
      unexpected.push(`${where}: ${error instanceof Error ? error.stack : error}`),
  });
  return { mounted, unexpected };
}

async function listening(server: Server | http2.Http2Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

const BATCH = 16;
/** Longer than anything takes, even on a busy machine. */
const PATIENCE_MILLISECONDS = 20_000;

export const http2Requests: FuzzTarget = {
  name: "http2-requests",
  inputsPerRun: BATCH,
  async start() {
    const { mounted, unexpected } = serving();
    const server = http2.createServer(mounted.handler);
    const session = http2.connect(`http://127.0.0.1:${await listening(server)}`);
    const send = ({ method, path, query, headers: given, body }: Sent) =>
      new Promise<void>((resolve, reject) => {
        const isBodyless = method === "GET" || method === "HEAD" || method === "OPTIONS";
        const stream = session.request(
          { ":method": method, ":path": path + query, ...given } as http2.OutgoingHttpHeaders,
          { endStream: isBodyless },
        );
        let status: number | undefined;
        let grpc: string | undefined;
        stream.on("response", (head) => {
          status = head[":status"];
          grpc = head["grpc-status"] as string | undefined;
        });
        stream.on("trailers", (trailers) => (grpc = trailers["grpc-status"] as string | undefined));
        stream.setTimeout(PATIENCE_MILLISECONDS, () => stream.close());
        stream.on("error", reject);
        let answered = "";
        stream.setEncoding("latin1").on("data", (chunk) => (answered += chunk));
        stream.on("close", () => {
          if (isKnown(status, answered, given) && grpc !== "2") resolve();
          else
            reject(
              new Error(
                `${method} ${path}${query}: status ${status}, grpc-status ${grpc}: ${answered.slice(0, 200)}`,
              ),
            );
        });
        if (!isBodyless) stream.end(body);
      });
    return {
      property: batchesSentBy(send, unexpected),
      async close() {
        session.destroy();
        server.close();
        await mounted.close();
      },
    };
  },
};

/** Sends each batch at once, and expects nothing unexpected from the service. */
function batchesSentBy(send: (request: Sent) => Promise<void>, unexpected: unknown[]): Started["property"] {
  const property = fc.asyncProperty(
    fc.array(requests, { minLength: BATCH, maxLength: BATCH }),
    async (batch) => {
      await Promise.all(batch.map(send));
      assert.deepEqual(unexpected.splice(0), []);
    },
  );
  return property as unknown as Started["property"];
}

export const http1Requests: FuzzTarget = {
  name: "http1-requests",
  inputsPerRun: BATCH,
  async start() {
    const { mounted, unexpected } = serving();
    const server = createServer(mounted.handler);
    const url = `http://127.0.0.1:${await listening(server)}`;
    const send = async ({ method, path, query, headers: given, body }: Sent) => {
      const { te: _, ...others } = given;
      const bodyOf = method === "GET" || method === "HEAD" ? {} : { body: body as Uint8Array<ArrayBuffer> };
      const response = await fetch(url + path + query, {
        method,
        headers: others as Record<string, string>,
        redirect: "manual",
        signal: AbortSignal.timeout(PATIENCE_MILLISECONDS),
        ...bodyOf,
      });
      const answered = await response.text();
      assert(
        isKnown(response.status, answered, given),
        `${method} ${path}${query}: ${response.status}: ${answered.slice(0, 200)}`,
      );
    };
    return {
      property: batchesSentBy(send, unexpected),
      async close() {
        server.closeAllConnections();
        server.close();
        await mounted.close();
      },
    };
  },
};
