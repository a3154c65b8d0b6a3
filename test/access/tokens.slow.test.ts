/** Bearer tokens: what is rejected, with which message, and how tokens are replaced. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync } from "node:fs";
import { promisify } from "node:util";
import { Code, ConnectError, createClient, type Interceptor } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createMetricsClient } from "../../client/index.ts";
import { Health } from "../../gen/grpc/health/v1/health_pb.js";
import { MetricsService } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { bearsToken } from "../../shared/tokens.ts";
import { startInProcess } from "../service/in-process.ts";
import { type RunningProgram, startProgram } from "../support/service.ts";
import { type Ask, bearer, byHttp1, byHttp2 } from "./http-request.ts";
import { expectRefused, expectRefusedByProgram, TOKEN_FILES } from "./refused.ts";
import { expectTokensAreReadAgain, NEXT, TOKEN, tokenFile } from "./token-file.ts";

const SECRET = "the-secret-of-this-orchestrator";
const MISSING = "/nowhere.db";
const RPC = "/orchestrator.metrics.v1.MetricsService/GetMetrics";
const CLOSED = ["/metrics", "/status", "/queue", "/openapi.json", RPC, "/nothing"];
const OPEN = ["/health", "/ready"];
const BUF = new URL("../../node_modules/.bin/buf", import.meta.url).pathname;

const withToken =
  (token: string | undefined): Interceptor =>
  (next) =>
  (request) => {
    if (token !== undefined) request.header.set("authorization", `Bearer ${token}`);
    return next(request);
  };

const TRANSPORTS = {
  "Connect over HTTP/1.1": (baseUrl: string, interceptors: Interceptor[]) =>
    createConnectTransport({ baseUrl, httpVersion: "1.1", interceptors }),
  "Connect over HTTP/2": (baseUrl: string, interceptors: Interceptor[]) =>
    createConnectTransport({ baseUrl, httpVersion: "2", interceptors }),
  gRPC: (baseUrl: string, interceptors: Interceptor[]) => createGrpcTransport({ baseUrl, interceptors }),
  "gRPC-web": (baseUrl: string, interceptors: Interceptor[]) =>
    createGrpcWebTransport({ baseUrl, httpVersion: "1.1", interceptors }),
};

describe("a service with a token file", () => {
  let file: ReturnType<typeof tokenFile>;
  let service: RunningProgram;

  beforeAll(async () => {
    file = tokenFile(`# the board's\n${TOKEN}\n\n  ${NEXT}  \n`);
    const args = ["--token-file", file.path, "--log-level", "debug", "--instance", SECRET];
    service = await startProgram(MISSING, { args });
  });
  afterAll(async () => {
    await service[Symbol.asyncDispose]();
    file[Symbol.dispose]();
  });

  const ways: [string, Ask][] = [
    ["HTTP/1.1", byHttp1],
    ["HTTP/2", byHttp2],
  ];
  for (const [version, ask] of ways) {
    it(`rejects clients without a token on every path but health, over ${version}, and reveals nothing`, async () => {
      for (const path of CLOSED) {
        for (const method of ["GET", "HEAD", "POST", "OPTIONS"]) {
          const { status, headers, body } = await ask(service.url + path, { method });
          expect(status, `${method} ${path}`).toBe(401);
          expect(headers["www-authenticate"]).toBe("Bearer");
          if (method !== "HEAD")
            expect(JSON.parse(body)).toEqual({
              code: "unauthenticated",
              message: expect.stringContaining("bearer token"),
            });
          expect(body).not.toContain(SECRET);
        }
      }
      for (const path of OPEN) expect((await ask(service.url + path)).status, path).not.toBe(401);
      // A load balancer's health check.
      expect((await ask(`${service.url}/`, { method: "OPTIONS" })).status).toBe(204);
      expect((await ask(`${service.url}/`)).status).toBe(401);
    });

    it(`accepts each of its tokens, over ${version}`, async () => {
      for (const token of [TOKEN, NEXT]) {
        const answer = await ask(`${service.url}/metrics`, { headers: bearer(token) });
        expect(answer.status).toBe(200);
        expect(answer.body).toContain(SECRET);
      }
    });
  }

  it("rejects near misses of a token", async () => {
    for (const authorization of [
      `Bearer ${TOKEN}x`,
      `Bearer ${TOKEN.slice(0, -1)}`,
      `Bearer ${TOKEN.toUpperCase()}`,
      `Bearer # the board's`,
      `Bearer ${TOKEN} ${NEXT}`,
      `Basic ${TOKEN}`,
      TOKEN,
      "Bearer",
      "Bearer ",
      "",
    ]) {
      const answer = await byHttp1(`${service.url}/metrics`, { headers: { authorization } });
      expect(answer.status, authorization).toBe(401);
    }
    expect((await byHttp1(`${service.url}/metrics?access_token=${TOKEN}`)).status).toBe(401);
    // The name of the scheme is case-insensitive: RFC 9110, section 11.1.
    const lower = { authorization: `bearer ${TOKEN}` };
    expect((await byHttp1(`${service.url}/metrics`, { headers: lower })).status).toBe(200);
  });

  for (const [name, transport] of Object.entries(TRANSPORTS)) {
    it(`reports unauthenticated as ${name} does`, async () => {
      const metrics = (token?: string) =>
        createClient(MetricsService, transport(service.url, [withToken(token)])).getMetrics({});
      expect((await metrics(TOKEN)).instance).toBe(SECRET);
      for (const token of [undefined, "a-token-that-nobody-knows-of"]) {
        const error = ConnectError.from(await metrics(token).catch((thrown: unknown) => thrown));
        expect(error.code).toBe(Code.Unauthenticated);
        expect(error.rawMessage).toContain("bearer token");
        expect(error.metadata.get("www-authenticate")).toBe("Bearer");
      }
      const health = createClient(Health, transport(service.url, []));
      expect((await health.check({})).status).toBe(2);
    });
  }

  it("requires and accepts a token for reflection", async () => {
    const reflect = (...headers: string[]) =>
      promisify(execFile)(BUF, [
        "curl",
        "--http2-prior-knowledge",
        "--protocol=grpc",
        "--list-methods",
        ...headers,
        service.url,
      ]);
    await expect(reflect()).rejects.toMatchObject({ stderr: expect.stringContaining("not authenticated") });
    const { stdout } = await reflect("--reflect-header", `Authorization: Bearer ${TOKEN}`);
    expect(stdout).toContain("MetricsService/GetMetrics");
  });

  it("serves the typed client, which reports unauthenticated for an unknown token", async () => {
    const client = createMetricsClient({ baseUrl: service.url, token: () => TOKEN });
    expect((await client.getMetrics({})).instance).toBe(SECRET);
    const stranger = createMetricsClient({ baseUrl: service.url, token: "nobody" }).getMetrics({});
    await expect(stranger).rejects.toMatchObject({ code: Code.Unauthenticated });
  });

  it("logs neither tokens nor rejected requests", () => {
    expect(service.log()).toContain('"path":"/metrics"');
    for (const word of [TOKEN, NEXT, "nobody", "/nothing", file.path])
      expect(service.log()).not.toContain(word);
  });
});

describe("a changing token file", () => {
  it("is reloaded, and one that is empty, invalid or missing is reported and keeps the last tokens in force", async () => {
    using file = tokenFile(`${TOKEN}\n`);
    const options = { args: ["--token-file", file.path], times: { lookSeconds: 0.05 } };
    await using service = await startInProcess(MISSING, options);
    await expectTokensAreReadAgain(service, file);
  });

  it("that every local user may read raises a warning", async () => {
    using file = tokenFile(`${TOKEN}\n`);
    chmodSync(file.path, 0o644);
    await using service = await startInProcess(MISSING, { args: ["--token-file", file.path] });
    expect(service.log()).toContain("--token-file: every user of this machine can read the file");
  });
});

describe("startup fails with one line for", () => {
  for (const refused of TOKEN_FILES) it(refused.what, () => expectRefused(refused));

  it("the first of these in the program too", () => expectRefusedByProgram(TOKEN_FILES[0]));
});

describe("--open-health false", () => {
  it("requires a token for health too", async () => {
    using file = tokenFile(TOKEN);
    const args = ["--token-file", file.path, "--open-health", "false"];
    await using service = await startInProcess(MISSING, { args });
    for (const path of OPEN) {
      expect((await byHttp1(service.url + path)).status).toBe(401);
      expect((await byHttp1(service.url + path, { headers: bearer(TOKEN) })).status).not.toBe(401);
    }
    expect((await byHttp1(`${service.url}/`, { method: "OPTIONS" })).status).toBe(401);
    const check = (token?: string) =>
      createClient(
        Health,
        createGrpcTransport({ baseUrl: service.url, interceptors: [withToken(token)] }),
      ).check({});
    await expect(check()).rejects.toMatchObject({ code: Code.Unauthenticated });
    expect((await check(TOKEN)).status).toBe(2);
  });
});

describe("a token's comparison", () => {
  it("covers every known digest, whichever matches", () => {
    const known = [TOKEN, NEXT, "a-third-token-of-the-test-00003"];
    const digests = known.map((token) => createHash("sha256").update(token).digest());
    let taken = 0;
    const counting = new Proxy(digests, {
      get(target, key) {
        if (typeof key === "string" && /^\d+$/.test(key)) taken += 1;
        return Reflect.get(target, key);
      },
    });
    for (const token of [...known, "a-token-that-nobody-knows-of"]) {
      taken = 0;
      expect(bearsToken(`Bearer ${token}`, counting)).toBe(known.includes(token));
      expect(taken).toBe(known.length);
    }
  });
});
