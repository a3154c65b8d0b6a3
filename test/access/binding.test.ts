/** Which addresses and host names the service accepts, for other machines and for pages in a browser. */
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MetricsService } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { type InProcess, startInProcess } from "../service/in-process.ts";
import { type RunningProgram, startProgram } from "../support/service.ts";
import { byHttp1, byHttp2 } from "./http-request.ts";
import { ANONYMOUS, expectRefused, expectRefusedByProgram, NAMES_AND_ORIGINS } from "./refused.ts";

const MISSING = "/nowhere.db";
const RPC = "/orchestrator.metrics.v1.MetricsService/GetMetrics";
/** GetMetrics through Connect's GET. */
const CALL = `${RPC}?connect=v1&encoding=json&message=%7B%7D`;
const PATHS = ["/metrics", "/health", "/ready", "/openapi.json", "/nothing", RPC];

describe("other machines", () => {
  for (const refused of ANONYMOUS)
    it(`have no access without authentication: ${refused.what}`, () => expectRefused(refused));

  it("have no access to the program without authentication", () => expectRefusedByProgram(ANONYMOUS[0]));

  it("may read by address with --allow-anonymous, which the log reports", async () => {
    await using service = await startInProcess(MISSING, { args: ["--allow-anonymous", "--host", "0.0.0.0"] });
    const { port } = new URL(service.url);
    const url = `http://127.0.0.1:${port}/health`;
    for (const host of ["192.0.2.1", "127.0.0.1"])
      expect((await byHttp1(url, { headers: { host } })).status).toBe(200);
    expect((await byHttp1(url, { headers: { host: "any.example" } })).status).toBe(403);
    expect(service.log()).toContain("any client that can reach 0.0.0.0 can read");
  });

  it("must use the allowed host names if there are any", async () => {
    const args = ["--allow-anonymous=true", "--host", "0.0.0.0", "--allowed-hosts", "metrics.internal"];
    await using service = await startInProcess(MISSING, { args });
    const url = `http://127.0.0.1:${new URL(service.url).port}/health`;
    const status = async (host: string) => (await byHttp1(url, { headers: { host } })).status;
    expect(await status("metrics.internal:80")).toBe(200);
    expect(await status("any.example")).toBe(403);
  });

  it("are not clients on loopback, whichever name or address they use", async () => {
    for (const host of ["localhost", "127.0.0.2", "::ffff:127.0.0.1"]) {
      await using service = await startInProcess(MISSING, { args: ["--host", host] });
      expect((await service.get("/health")).status).toBe(200);
    }
  });
});

describe("a service on loopback", () => {
  let service: RunningProgram;
  beforeAll(async () => {
    service = await startProgram(MISSING, { args: ["--allowed-hosts", "Board.Internal,[fd00::1],10.0.0.7"] });
  });
  afterAll(() => service[Symbol.asyncDispose]());

  for (const [version, ask] of [
    ["Host over HTTP/1.1", byHttp1],
    [":authority over HTTP/2", byHttp2],
  ] as const) {
    it(`accepts its own and the allowed names, with any port, in ${version}`, async () => {
      const names = ["localhost", "LOCALHOST:1", "127.0.0.1", "127.9.8.7:65535", "[::1]", "[::1]:9977"];
      for (const host of [
        ...names,
        "board.internal",
        "board.internal.",
        "BOARD.internal:443",
        "[fd00::1]:80",
        "10.0.0.7",
      ])
        expect((await ask(`${service.url}/health`, { headers: { host } })).status, host).toBe(200);
    });

    it(`rejects every other name, on every path, in ${version}`, async () => {
      const near = ["localhost.evil.example", "127.0.0.1.evil.example", "evil.example:9977", "128.0.0.1"];
      for (const host of [...near, "127.1", "[::2]", "board.internal.evil", "0.0.0.0"]) {
        const answer = await ask(`${service.url}/metrics`, { headers: { host } });
        expect(answer.status, host).toBe(403);
        expect(JSON.parse(answer.body).code).toBe("permission_denied");
      }
      expect((await ask(`${service.url}/metrics`, { headers: { host: "::1" } })).status).toBe(400);
      for (const path of PATHS) {
        const { status } = await ask(service.url + path, { headers: { host: "evil.example" } });
        expect(status, path).toBe(403);
      }
    });
  }

  it("uses the host in a request's target if that is an absolute URL", async () => {
    const { port } = new URL(service.url);
    const status = async (name: string) =>
      (await byHttp1(service.url, { target: `http://${name}/health`, headers: { host: "localhost" } }))
        .status;
    expect(await status(`127.0.0.1:${port}`)).toBe(200);
    expect(await status("evil.example")).toBe(403);
  });

  it("reports the error in gRPC's and gRPC-web's own status", async () => {
    const { port } = new URL(service.url);
    // A proxy that passes on the host name from the page's browser.
    const lookup = (_: string, options: { all?: boolean }, done: (...answer: unknown[]) => void) =>
      options.all ? done(null, [{ address: "127.0.0.1", family: 4 }]) : done(null, "127.0.0.1", 4);
    const baseUrl = `http://rebound.example:${port}`;
    const nodeOptions = { lookup } as object;
    for (const transport of [
      createGrpcTransport({ baseUrl, nodeOptions }),
      createGrpcWebTransport({ baseUrl, httpVersion: "1.1", nodeOptions }),
    ])
      await expect(createClient(MetricsService, transport).getMetrics({})).rejects.toThrow(
        "[permission_denied] Host header",
      );
  });

  it("sends nosniff and no-store in every response, and never its software", async () => {
    for (const ask of [byHttp1, byHttp2]) {
      for (const path of [...PATHS, CALL]) {
        for (const method of ["GET", "POST", "OPTIONS", "DELETE"]) {
          const { headers } = await ask(service.url + path, { method });
          expect(headers["x-content-type-options"], `${method} ${path}`).toBe("nosniff");
          expect(headers["cache-control"]).toBe("no-store");
          expect(headers).not.toHaveProperty("server");
          expect(headers).not.toHaveProperty("x-powered-by");
        }
      }
    }
  });

  it("allows no page of another origin to read", async () => {
    const headers = { origin: "https://board.example", "access-control-request-method": "GET" };
    for (const method of ["GET", "OPTIONS"]) {
      const answer = await byHttp1(`${service.url}/metrics`, { method, headers });
      expect(Object.keys(answer.headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
    }
  });
});

describe("with --cors-origins", () => {
  const ORIGIN = "https://board.example";
  let service: InProcess;
  beforeAll(async () => {
    service = await startInProcess(MISSING, { args: ["--cors-origins", `http://localhost:3000, ${ORIGIN}`] });
  });
  afterAll(() => service[Symbol.asyncDispose]());
  const grantedTo = (answer: { headers: Readonly<Record<string, unknown>> }) =>
    answer.headers["access-control-allow-origin"];

  it("allows in a preflight what gRPC-web and Connect clients send, and a token", async () => {
    const headers = {
      origin: ORIGIN,
      "access-control-request-method": "POST",
      "access-control-request-headers": "authorization,content-type,x-grpc-web,grpc-timeout",
    };
    const answer = await byHttp1(service.url + RPC, { method: "OPTIONS", headers });
    expect(answer.status).toBe(204);
    expect(grantedTo(answer)).toBe(ORIGIN);
    const allowed = String(answer.headers["access-control-allow-headers"]).toLowerCase().split(", ");
    for (const name of headers["access-control-request-headers"].split(",")) expect(allowed).toContain(name);
    expect(allowed).toContain("connect-protocol-version");
    expect(answer.headers["access-control-allow-methods"]).toBe("POST, GET, HEAD");
    expect(answer.headers).not.toHaveProperty("access-control-allow-credentials");
  });

  it("lets only such a page read either kind of response, and varies by origin", async () => {
    for (const path of ["/metrics", "/nothing", CALL]) {
      const ours = await byHttp1(service.url + path, { headers: { origin: ORIGIN } });
      expect(grantedTo(ours), path).toBe(ORIGIN);
      expect(String(ours.headers["access-control-expose-headers"])).toContain("Grpc-Status");
      for (const origin of [
        "https://evil.example",
        `${ORIGIN}.evil.example`,
        "http://board.example",
        "null",
      ]) {
        const other = await byHttp1(service.url + path, { headers: { origin } });
        expect(grantedTo(other)).toBeUndefined();
        expect(String(other.headers.vary)).toContain("origin");
      }
    }
  });
});

describe("startup fails with one line for", () => {
  for (const refused of NAMES_AND_ORIGINS) it(refused.what, () => expectRefused(refused));

  it("the first of these in the program too", () => expectRefusedByProgram(NAMES_AND_ORIGINS[0]));
});
