/** Bearer tokens: who is refused, in which words, and how one token takes the place of another. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
import { bearsToken } from "../../src/server/access/bearer-tokens.ts";
import { eventually, type RunningProgram, runProgram, startProgram } from "../support/service.ts";
import { type Ask, bearer, byHttp1, byHttp2 } from "./ask.ts";

const TOKEN = "the-first-token-of-the-test-0001";
const NEXT = "the-token-that-comes-after-it-02";
const SECRET = "the-secret-of-this-orchestrator";
const MISSING = "/nowhere.db";
const RPC = "/orchestrator.metrics.v1.MetricsService/GetMetrics";
const CLOSED = ["/metrics", "/status", "/queue", "/openapi.json", RPC, "/nothing"];
const OPEN = ["/health", "/ready"];
const BUF = new URL("../../node_modules/.bin/buf", import.meta.url).pathname;

function tokenFile(text: string) {
  const folder = mkdtempSync(join(tmpdir(), "orch-metrics-tokens-"));
  const path = join(folder, "tokens");
  writeFileSync(path, text, { mode: 0o600 });
  return { path, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}

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
    it(`refuses who has none on every path but health, over ${version}, and tells nothing`, async () => {
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
    });

    it(`answers each of its tokens, over ${version}`, async () => {
      for (const token of [TOKEN, NEXT]) {
        const answer = await ask(`${service.url}/metrics`, { headers: bearer(token) });
        expect(answer.status).toBe(200);
        expect(answer.body).toContain(SECRET);
      }
    });
  }

  it("refuses what is nearly a token", async () => {
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
    // The scheme's name has no case: RFC 9110, section 11.1.
    const lower = { authorization: `bearer ${TOKEN}` };
    expect((await byHttp1(`${service.url}/metrics`, { headers: lower })).status).toBe(200);
  });

  for (const [name, transport] of Object.entries(TRANSPORTS)) {
    it(`says unauthenticated in the words of ${name}`, async () => {
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

  it("asks for it before reflection, and takes it there", async () => {
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

  it("is read by the typed client, which says unauthenticated where its token is not known", async () => {
    const client = createMetricsClient({ baseUrl: service.url, token: () => TOKEN });
    expect((await client.getMetrics({})).instance).toBe(SECRET);
    const stranger = createMetricsClient({ baseUrl: service.url, token: "nobody" }).getMetrics({});
    await expect(stranger).rejects.toMatchObject({ code: Code.Unauthenticated });
  });

  it("never logs a token, nor a request that it refused", () => {
    expect(service.log()).toContain('"path":"/metrics"');
    for (const word of [TOKEN, NEXT, "nobody", "/nothing", file.path])
      expect(service.log()).not.toContain(word);
  });
});

describe("a token file that changes", () => {
  it("is read again; one that is empty, broken or gone leaves the last in force and is told", async () => {
    using file = tokenFile(`${TOKEN}\n`);
    await using service = await startProgram(MISSING, { args: ["--token-file", file.path] });
    const status = async (token: string) =>
      (await byHttp1(`${service.url}/openapi.json`, { headers: bearer(token) })).status;
    expect([await status(TOKEN), await status(NEXT)]).toEqual([200, 401]);

    writeFileSync(file.path, `${TOKEN}\n${NEXT}\n`);
    await eventually("the next one is known too", async () => (await status(NEXT)) === 200);
    expect(await status(TOKEN)).toBe(200);

    writeFileSync(`${file.path}.new`, `${NEXT}\n`);
    renameSync(`${file.path}.new`, file.path);
    await eventually("the first one is not any more", async () => (await status(TOKEN)) === 401);

    const faults: [string, () => void][] = [
      ["there is no token in it", () => writeFileSync(file.path, "# none\n")],
      ["line 2 is no token", () => writeFileSync(file.path, `${TOKEN}\nwith a space in it\n`)],
      ["line 1 has fewer than 16 characters", () => writeFileSync(file.path, "short\n")],
      ["there is no such file", () => rmSync(file.path)],
    ];
    for (const [words, spoil] of faults) {
      spoil();
      await eventually(words, () => service.log().includes(words));
      expect([await status(TOKEN), await status(NEXT)]).toEqual([401, 200]);
    }
    expect(service.log()).toContain("what was read before stays in force");
    expect(service.log()).not.toContain("with a space");
  });

  it("that every user of the machine may read is warned of", async () => {
    using file = tokenFile(`${TOKEN}\n`);
    chmodSync(file.path, 0o644);
    await using service = await startProgram(MISSING, { args: ["--token-file", file.path] });
    expect(service.log()).toContain("--token-file: every user of this machine may read it");
  });
});

describe("a token file that cannot be used", () => {
  const cases: [string, string | undefined, string][] = [
    ["empty", "", "there is no token in it"],
    ["of comments alone", "# one\n#two\n", "there is no token in it"],
    ["with a short token", "0123456789abcde\n", "line 1 has fewer than 16 characters"],
    ["missing", undefined, "there is no such file"],
  ];
  for (const [what, text, words] of cases) {
    it(`ends the start with one line: ${what}`, async () => {
      using file = tokenFile(text ?? "");
      if (text === undefined) rmSync(file.path);
      const { code, stderr } = await runProgram(["serve", "--database", "x", "--token-file", file.path]);
      expect(code).toBe(1);
      expect(stderr.trimEnd().split("\n")).toHaveLength(1);
      expect(stderr).toContain(`--token-file: ${words}`);
    });
  }

  it("ends the start with one line: a folder", async () => {
    const { code, stderr } = await runProgram(["serve", "--database", "x", "--token-file", tmpdir()]);
    expect([code, stderr]).toEqual([
      1,
      "orch-metrics: --token-file: it is no regular file; give the path of one\n",
    ]);
  });
});

describe("with --open-health false", () => {
  it("health asks for a token like everything else", async () => {
    using file = tokenFile(TOKEN);
    const args = ["--token-file", file.path, "--open-health", "false"];
    await using service = await startProgram(MISSING, { args });
    for (const path of OPEN) {
      expect((await byHttp1(service.url + path)).status).toBe(401);
      expect((await byHttp1(service.url + path, { headers: bearer(TOKEN) })).status).not.toBe(401);
    }
    const check = (token?: string) =>
      createClient(
        Health,
        createGrpcTransport({ baseUrl: service.url, interceptors: [withToken(token)] }),
      ).check({});
    await expect(check()).rejects.toMatchObject({ code: Code.Unauthenticated });
    expect((await check(TOKEN)).status).toBe(2);
  });
});

describe("comparing a token", () => {
  it("takes every digest that is known, whichever it is", () => {
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
