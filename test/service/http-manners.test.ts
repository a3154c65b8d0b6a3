/** Invalid requests get an error in one format, with the fix. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exchange, openRaw, statuses } from "../hostile/support/raw.ts";
import { createDatabase, type TestDatabase } from "../support/database.ts";
import { eventually, type RunningProgram, startReady } from "../support/service.ts";

const RPC = "/orchestrator.metrics.v1.MetricsService/GetMetrics";

let database: TestDatabase;
let service: RunningProgram;
let url: string;
beforeAll(async () => {
  database = createDatabase();
  service = await startReady(database.path, { args: ["--log-level", "debug"] });
  url = service.url;
});
afterAll(async () => {
  await service?.[Symbol.asyncDispose]();
  database?.[Symbol.dispose]();
});

const port = () => Number(new URL(url).port);

/** Sends a request head without its blank line, and returns the response. */
async function answerTo(head: string): Promise<{ status: number | undefined; headers: string }> {
  const text = await exchange(port(), `${head}connection: close\r\n\r\n`);
  return { status: statuses(text)[0], headers: text.split("\r\n\r\n")[0] ?? "" };
}

const get = (path: string, init?: RequestInit) => service.get(path, init);

/** Sends `input` with curl, and returns the status and the error code of the response. */
async function curl(args: readonly string[], input = ""): Promise<{ status: number; code?: string }> {
  const child = spawn("curl", ["-s", "-m", "20", "-w", "\n%{http_code}", ...args]);
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  let output = "";
  child.stdout.on("data", (chunk) => (output += chunk));
  await once(child, "close");
  const [body = "", status] = output.split(/\n(?=\d+$)/);
  return { status: Number(status), code: body === "" ? undefined : JSON.parse(body).code };
}

describe("a request with an error", () => {
  it("gets the likely path in the 404 message", async () => {
    for (const path of ["/metrics/", "/Metrics", "//metrics", "/%2fmetrics", "/METRICS//"]) {
      const answer = await get(path);
      expect(answer.status, path).toBe(404);
      expect(await answer.json()).toEqual({
        code: "not_found",
        message: "not found: did you mean /metrics?",
      });
    }
    const rpc = await get(`${RPC.toUpperCase()}/`, { method: "POST" });
    expect(await rpc.json()).toMatchObject({ message: `not found: did you mean ${RPC}?` });
    const { message } = (await (await get("/metric")).json()) as { message: string };
    expect(message).toBe("not found: see /metrics, /health, /status, /queue, /ready, /openapi.json");
  });

  it("fails if a query parameter is unknown, except on the frozen paths", async () => {
    const answer = await get("/metrics?readmask=cost");
    expect(answer.status).toBe(400);
    expect(await answer.json()).toEqual({
      code: "invalid_argument",
      message: 'unknown query parameter "readmask": this path supports read_mask, format',
    });
    const several = await get("/metrics?Format=json&read_mask=cost&&=1&Format=1");
    expect(await several.json()).toMatchObject({
      message: 'unknown query parameters "Format", "": this path supports read_mask, format',
    });
    const second = await get("/metrics?read_mask=cost?format=json");
    expect(await second.json()).toMatchObject({
      message: 'read_mask: unknown section "cost?format=json": use stages, queue, agents, cost',
    });
    for (const path of ["/health", "/status", "/queue"])
      expect((await get(`${path}?time=1`)).status).toBe(200);
  });

  it("may have parameters unknown to Connect in a GET of the RPC", async () => {
    const query = "encoding=json&message=%7B%22read_mask%22%3A%22cost%22%7D&connect=v1";
    for (const more of ["", "&_=1795518765316", "&utm_source=mail", "&=", "&message2"]) {
      const answer = await get(`${RPC}?${query}${more}`);
      expect(answer.status, more).toBe(200);
      expect(Object.keys((await answer.json()) as object)).toEqual(expect.arrayContaining(["cost"]));
    }
    const misspelt = await get(`${RPC}?encoding=json&mesage=%7B%7D`);
    expect([misspelt.status, await misspelt.json()]).toMatchObject([400, { code: "invalid_argument" }]);
  });

  it("gets a path's methods from OPTIONS", async () => {
    const plain = await get("/metrics", { method: "OPTIONS" });
    expect([plain.status, plain.headers.get("allow"), await plain.text()]).toEqual([
      204,
      "GET, HEAD, OPTIONS",
      "",
    ]);
    const rpc = await get(RPC, { method: "OPTIONS" });
    expect(rpc.headers.get("allow")).toBe("GET, POST, OPTIONS");
  });

  // HAProxy's default check sends no Host header: docs.haproxy.org/3.0/configuration.html, "option httpchk".
  it.each([
    "OPTIONS / HTTP/1.0\r\n",
    "OPTIONS * HTTP/1.0\r\n",
    "OPTIONS / HTTP/1.1\r\nhost: localhost\r\n",
    "OPTIONS * HTTP/1.1\r\nhost: 127.0.0.1:\r\n",
    "OPTIONS http://localhost HTTP/1.1\r\nhost: localhost\r\n",
  ])("gets the whole service's methods from %j", async (head) => {
    const { status, headers } = await answerTo(head);
    expect([status, /^allow: (.*)\r$/im.exec(headers)?.[1]]).toEqual([204, "GET, HEAD, POST, OPTIONS"]);
  });

  it("fails if its expectation is unknown, and the connection stays open unless a body may follow", async () => {
    const expecting = (expect: string) =>
      `GET /health HTTP/1.1\r\nhost: localhost\r\nexpect: ${expect}\r\n\r\n`;
    const next = "GET /health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    for (const unknown of ["foo", "100-continue, foo", "200-ok"]) {
      const text = await exchange(port(), expecting(unknown) + next);
      expect(
        statuses(text).filter((status) => status !== 100),
        unknown,
      ).toEqual([417, 200]);
      expect(text).toContain(
        `{"code":"unimplemented","message":"the expectation ${JSON.stringify(unknown).replaceAll('"', '\\"')} is not supported: use 100-continue or none"}`,
      );
    }
    const post = `POST /metrics HTTP/1.1\r\nhost: localhost\r\nexpect: foo\r\ncontent-length: ${next.length}\r\n\r\n`;
    expect(statuses(await exchange(port(), post + next))).toEqual([417]);
    expect(await curl(["--http2-prior-knowledge", "-H", "expect: foo", `${url}/health`])).toEqual({
      status: 417,
      code: "unimplemented",
    });
    for (const known of ["100-continue", "100-Continue", ""])
      expect(statuses(await exchange(port(), expecting(known) + next)).slice(-2), known).toEqual([200, 200]);
  });

  it("may expect 100-continue before it sends its body", async () => {
    const body = '{"read_mask":"cost"}';
    using client = await openRaw(port());
    client.send(
      `POST ${RPC} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\nexpect: 100-continue\r\ncontent-length: ${body.length}\r\n\r\n`,
    );
    await eventually("it continues", () => client.text().includes("100 Continue"));
    client.send(body);
    await client.closed;
    expect(statuses(client.text())).toEqual([100, 200]);
  });

  it("may name this machine in every form that RFC 9110 and RFC 9112 allow", async () => {
    for (const host of ["localhost:", "LOCALHOST", "localhost.", "[::1]:", "127.0.0.1:"])
      expect((await answerTo(`GET /metrics HTTP/1.1\r\nhost: ${host}\r\n`)).status, host).toBe(200);
    const whole = (url: string) => answerTo(`GET ${url} HTTP/1.1\r\nhost: localhost\r\n`);
    for (const host of ["localhost:", "LOCALHOST:9977", "[::1]", "127.0.0.1:"])
      expect((await whole(`HTTP://${host}/metrics?read_mask=cost`)).status, host).toBe(200);
    expect((await whole("http://evil.example/metrics")).status).toBe(403);
    expect((await whole("http://localhost")).status).toBe(404);
  });

  it("fails if its body exceeds 64 KiB, with or without a content length, on every path", async () => {
    const json = ["-H", "content-type: application/json"];
    const paths: [string[], string][] = [
      [["-X", "GET"], "/metrics"],
      [["-X", "GET"], "/health"],
      [["-X", "POST"], "/metrics"],
      [["-X", "POST"], "/nothing"],
      [["-X", "POST", "-H", "content-type: text/plain"], RPC],
      [["-X", "POST", ...json], RPC],
    ];
    // The second one sends a content length.
    for (const version of ["--http1.1", "--http2-prior-knowledge"])
      for (const body of [
        ["-T", "-"],
        ["--data-binary", "@-"],
      ])
        for (const [args, path] of paths) {
          const answer = await curl([version, ...body, ...args, url + path], "x".repeat(70_000));
          expect(answer, `${version} ${body} ${path}`).toEqual({ status: 413, code: "resource_exhausted" });
        }
    const short = await curl(["-X", "GET", "-T", "-", `${url}/health`], "x".repeat(60_000));
    expect(short).toEqual({ status: 200, code: undefined });
  });

  it("gets the supported content types of an RPC, and HTTP/2 as the requirement of a bidirectional stream", async () => {
    const refusals: [string, RequestInit, number, string][] = [
      [
        RPC,
        { method: "POST", headers: { "content-type": "text/html" }, body: "{}" },
        415,
        'unsupported content type "text/html": use application/json, application/proto, application/grpc, application/grpc-web',
      ],
      [RPC, {}, 415, 'the query parameter "encoding" is missing: use json or proto'],
      [`${RPC}?encoding=xml`, {}, 415, 'the query parameter "encoding" is "xml": use json or proto'],
      [
        "/grpc.health.v1.Health/Watch",
        { method: "POST", headers: { "content-type": "application/json" }, body: "{}" },
        415,
        'unsupported content type "application/json": use application/connect+json, application/connect+proto, application/grpc, application/grpc-web',
      ],
      [
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        { method: "POST", headers: { "content-type": "application/connect+json" }, body: "" },
        505,
        "this method streams in both directions: use HTTP/2",
      ],
    ];
    for (const [path, request, status, message] of refusals) {
      const answer = await get(path, request);
      expect([answer.status, await answer.json()]).toEqual([status, { code: "unimplemented", message }]);
    }
  });

  it("gets a response if its Host is invalid, if it comes through a proxy, and if its deadline is weeks away", async () => {
    const call = ["-H", "content-type: application/json", "-d", '{"read_mask":"queue"}', url + RPC];
    for (const host of ["host: a b", "host: [", "host:"])
      expect(await curl(["--http1.0", "-H", host, ...call]), host).toEqual({
        status: 400,
        code: "invalid_argument",
      });
    expect(await curl(["-x", url, "-X", "GET", `${url}/metrics`])).toMatchObject({ status: 200 });
    const headers = { "content-type": "application/json", "connect-timeout-ms": "2147483648" };
    const far = await get(RPC, { method: "POST", headers, body: '{"read_mask":"queue"}' });
    expect(far.status).toBe(200);
  });

  it("is logged with its trace if its traceparent is valid", async () => {
    const trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    await get("/metrics", { headers: { traceparent: `00-${trace}-00f067aa0ba902b7-01` } });
    await get(RPC, { headers: { traceparent: `00-${trace}-00f067aa0ba902b7-01` } });
    const invalid = [
      '00-zz"},secret-1-1',
      `ff-${trace}-00f067aa0ba902b7-01`,
      `00-${trace}-${"0".repeat(16)}-01`,
    ];
    // No other test requests this path.
    for (const traceparent of invalid) await get("/openapi.json", { headers: { traceparent } });
    const logged = () => service.log().match(/"path":"\/openapi.json"/g) ?? [];
    await eventually("each is in the log", () => logged().length === invalid.length);
    expect(service.log()).toContain(`"path":"/metrics","trace":"${trace}"`);
    expect(service.log()).toContain(`"path":"${RPC}","trace":"${trace}"`);
    expect(service.log()).not.toMatch(/secret|"path":"\/openapi.json","trace"/);
  });
});
