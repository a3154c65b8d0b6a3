/** The service inside an orchestrator's own process, with the package's exports. */
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { Code, createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { describe, expect, it } from "vitest";
import {
  type GetMetricsResponseJson,
  MetricsService,
  type MountOptions,
  mountMetrics,
  ok,
  type Repository,
} from "../../src/index.ts";
import { openSqliteRepository } from "../../src/repositories/sqlite/open.ts";
import { byHttp1 } from "../access/http-request.ts";
import { createDatabase, job, task } from "../support/database.ts";
import { eventually } from "../support/service.ts";

const EMPTY: Repository = { read: async () => ({ sourceEpoch: "", parts: {} }), close: async () => {} };
const BREAKER = { name: "api", state: "open", failures: 1 };

async function mounted(options: MountOptions) {
  const metrics = mountMetrics(options);
  const server = createServer(metrics.handler).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  let requests = 0;
  server.on("request", () => {
    requests += 1;
  });
  return {
    url,
    requests: () => requests,
    client: createClient(MetricsService, createConnectTransport({ baseUrl: url, httpVersion: "1.1" })),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await metrics.close();
    },
  };
}

describe("mountMetrics", () => {
  it("serves a typed client from an orchestrator's own HTTP server", async () => {
    using database = createDatabase();
    database.insert("tasks", task(1, "review"));
    await using service = await mounted({
      repository: openSqliteRepository({ databasePath: database.path }),
    });
    const envelope = await service.client.getMetrics({ readMask: { paths: ["stages"] } });
    expect(envelope.stages?.counts).toEqual({ review: 1 });
    expect(envelope.queue).toBeUndefined();
  });

  it("requires a token and an allowed host if configured, except for health", async () => {
    using database = createDatabase();
    const tokenFile = join(database.directory, "tokens");
    writeFileSync(tokenFile, "a-token-of-the-orchestrator\n", { mode: 0o600 });
    await using service = await mounted({
      repository: openSqliteRepository({ databasePath: database.path }),
      access: { tokenFile, allowedHosts: [] },
    });
    const { client, url } = service;
    await expect(client.getMetrics({})).rejects.toMatchObject({ code: Code.Unauthenticated });
    const headers = { authorization: "Bearer a-token-of-the-orchestrator" };
    expect((await client.getMetrics({}, { headers })).schemaVersion).toBe(1);
    expect((await fetch(`${url}/health`)).status).toBe(200);
    expect((await byHttp1(`${url}/health`, { headers: { host: "evil.example" } })).status).toBe(403);
  });

  it("throws at once if its token file cannot be used", () => {
    using database = createDatabase();
    const repository = openSqliteRepository({ databasePath: database.path });
    expect(() => mountMetrics({ repository, access: { tokenFile: "/nowhere" } })).toThrow("no such file");
  });

  it("accepts functions for breakers and gates instead of tables, and one that throws affects only its part", async () => {
    using database = createDatabase();
    database.insert("jobs", job(1, "queued"));
    const heard: unknown[] = [];
    await using service = await mounted({
      repository: openSqliteRepository({ databasePath: database.path }),
      breakers: () => {
        throw new Error("secret cause");
      },
      gates: async () => [{ scope: "repo:a", holderTaskId: null, acquiredAtMs: null, waiting: 3 }],
      onUnexpected: (_, error) => heard.push(error),
    });
    const { queue } = await service.client.getMetrics({});
    expect(queue?.error).toBeUndefined();
    expect(queue?.counts.queued).toBe(1);
    expect(queue?.breakers?.error?.code).toBe("unavailable");
    expect(queue?.breakers?.error?.message).not.toContain("secret");
    expect(queue?.gates?.items[0]?.waiting).toBe(3);
    expect(heard).toHaveLength(1);
  });

  it("accepts rows without the fields that may be unknown", async () => {
    await using service = await mounted({
      repository: {
        ...EMPTY,
        read: async () => ({ sourceEpoch: "", parts: { runningJobs: ok([{ jobId: "1" }]) } }),
      },
      breakers: async () => [
        { name: "api", state: "closed", failures: 0 },
        { name: "git", state: "open", failures: 2, openedAtMs: 1_500.25, retryAtMs: null },
      ],
      gates: () => [{ scope: "repo:a", waiting: 1 }],
    });
    const { queue } = await service.client.getMetrics({ readMask: { paths: ["queue"] } });
    for (const part of [queue?.running, queue?.breakers, queue?.gates]) expect(part?.error).toBeUndefined();
    expect(queue?.running?.items).toMatchObject([{ jobId: "1" }]);
    expect(queue?.breakers?.items[0]).toMatchObject({ name: "api", state: "closed", failures: 0 });
    for (const field of ["openedAt", "retryAt", "updatedAt"])
      expect(queue?.breakers?.items[0]).not.toHaveProperty(field);
    expect(queue?.breakers?.items[1]?.openedAt).toMatchObject({ seconds: 1n, nanos: 500_250_000 });
    expect(queue?.gates?.items[0]).toMatchObject({ scope: "repo:a", waiting: 1 });
  });

  it.each<[rows: unknown, message: string]>([
    [undefined, "breakers must be a list of rows"],
    [{ api: "open" }, "breakers must be a list of rows"],
    [[null], "breakers[0].name must be text"],
    [["api"], "breakers[0].name must be text"],
    [[{ ...BREAKER, name: 7 }], "breakers[0].name must be text"],
    [[BREAKER, { ...BREAKER, state: undefined }], "breakers[1].state must be text"],
    [[{ ...BREAKER, failures: "3" }], "breakers[0].failures must be a whole number from 0, or null"],
    ...[new Date(0), "2026-01-31T12:00:00Z", Number.NaN, -1, 1e15].map((at): [unknown, string] => [
      [{ ...BREAKER, openedAtMs: at }],
      "breakers[0].openedAtMs must be a number of milliseconds since 1970, or null",
    ]),
  ])("names the invalid field in rows from memory: %j", async (rows, message) => {
    const heard: unknown[] = [];
    const repository = {
      ...EMPTY,
      read: async () => ({ sourceEpoch: "", parts: { gates: ok([{ scope: 7 }]) } }),
    };
    await using service = await mounted({
      repository: repository as unknown as Repository,
      breakers: () => rows as never,
      onUnexpected: (where) => heard.push(where),
    });
    const { queue } = (await (
      await fetch(`${service.url}/metrics?read_mask=queue`)
    ).json()) as GetMetricsResponseJson;
    expect(queue?.breakers?.error).toEqual({ code: "data_loss", message });
    expect(queue?.gates?.error).toEqual({ code: "data_loss", message: "gates[0].scope must be text" });
    expect(heard).toEqual([]);
  });

  it("reports a bug in a section as internal, calls onUnexpected once, and hides the stack", async () => {
    const heard: unknown[] = [];
    const repository: Repository = {
      read: async () => ({
        sourceEpoch: "",
        // A row of the wrong type stands for any bug.
        parts: { stages: ok({ counts: [], tasks: null as never }), gates: ok([]) },
      }),
      close: async () => {},
    };
    await using service = await mounted({ repository, onUnexpected: (where) => heard.push(where) });
    const text = await (await fetch(`${service.url}/metrics?read_mask=stages,queue`)).text();
    expect(JSON.parse(text).stages.error.code).toBe("internal");
    expect(JSON.parse(text).queue.gates.error).toBeNull();
    expect(text).not.toMatch(/TypeError|\.ts/);
    expect(heard).toEqual(["stages"]);
  });

  it("returns every section if the repository throws", async () => {
    const repository: Repository = { read: () => Promise.reject(new Error("boom")), close: async () => {} };
    await using service = await mounted({ repository });
    const response = await fetch(`${service.url}/metrics`);
    expect(response.status).toBe(200);
    const envelope = (await response.json()) as Record<string, { error: { code: string } }>;
    for (const name of ["stages", "queue", "agents", "cost"])
      expect(envelope[name]?.error.code).toBe("internal");
  });
});

describe("overlapping calls", () => {
  it("share one collection that starts after they arrive: five hundred cost two", async () => {
    let reads = 0;
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const repository: Repository = {
      async read() {
        reads += 1;
        const epoch = String(reads);
        if (reads === 1) await held;
        return { sourceEpoch: epoch, parts: {} };
      },
      close: async () => {},
    };
    await using service = await mounted({ repository });
    const first = service.client.getMetrics({});
    await eventually("the first collection runs", () => reads === 1);
    const calls = Array.from({ length: 499 }, () => service.client.getMetrics({}));
    await eventually("all have arrived", () => service.requests() === 500);
    release();
    const others = await Promise.all(calls);
    expect((await first).sourceEpoch).toBe("1");
    expect(new Set(others.map(({ sourceEpoch }) => sourceEpoch))).toEqual(new Set(["2"]));
    expect(reads).toBe(2);
  });
});
