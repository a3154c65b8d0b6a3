/** Every transport, called by a client that is not ours: buf curl and curl. */
import { execFile, spawn } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import type { GetMetricsResponseJson } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { createDatabase, run, task } from "../support/database.ts";
import { startProgram } from "../support/service.ts";

const RPC = "/orchestrator.metrics.v1.MetricsService/GetMetrics";
const BUF = new URL("../../node_modules/.bin/buf", import.meta.url).pathname;
const PROTO = new URL("../../proto", import.meta.url).pathname;
const program = promisify(execFile);
const curl = async (...args: string[]) => (await program("curl", ["-sS", ...args])).stdout;

describe("the RPC by buf curl", () => {
  const ways: [string, string[]][] = [
    ["gRPC", ["--protocol", "grpc", "--http2-prior-knowledge"]],
    ["gRPC-web over HTTP/1.1", ["--protocol", "grpcweb"]],
    ["gRPC-web over HTTP/2", ["--protocol", "grpcweb", "--http2-prior-knowledge"]],
    ["Connect over HTTP/1.1", ["--protocol", "connect"]],
    ["Connect over HTTP/2", ["--protocol", "connect", "--http2-prior-knowledge"]],
  ];
  for (const [name, flags] of ways) {
    it(`answers ${name}, with the sections of its mask alone`, async () => {
      using database = createDatabase();
      database.insert("tasks", task(1, "review"));
      database.insert("agent_runs", run(1, { cost_usd: 1.5, input_tokens: 2 ** 53 - 1 }));
      await using service = await startProgram(database.path);
      const { stdout } = await program(BUF, [
        "curl",
        "--schema",
        PROTO,
        ...flags,
        "-d",
        '{"read_mask":"stages,cost"}',
        service.url + RPC,
      ]);
      const envelope = JSON.parse(stdout) as GetMetricsResponseJson;
      expect(envelope.stages?.counts).toEqual({ review: 1 });
      expect(envelope.cost?.totals?.input_tokens).toBe(2 ** 53 - 1);
      expect(envelope).not.toHaveProperty("queue");
      expect(envelope).not.toHaveProperty("agents");
    });
  }

  it("refuses an unknown path of the mask as invalid_argument", async () => {
    using database = createDatabase();
    await using service = await startProgram(database.path);
    const call = program(BUF, [
      "curl",
      "--schema",
      PROTO,
      "--protocol",
      "grpc",
      "--http2-prior-knowledge",
      "-d",
      '{"read_mask":"cots"}',
      service.url + RPC,
    ]);
    await expect(call).rejects.toMatchObject({ stderr: expect.stringContaining("invalid_argument") });
  });
});

describe("plain HTTP by curl", () => {
  it("is the same over HTTP/1.1 and HTTP/2 on one port", async () => {
    using database = createDatabase();
    database.insert("tasks", task(1, "review"));
    await using service = await startProgram(database.path);
    for (const version of ["--http1.1", "--http2-prior-knowledge"]) {
      const text = await curl(version, "-w", "\n%{http_version}", `${service.url}/metrics?read_mask=stages`);
      const [body = "", used] = text.split("\n");
      expect(used).toBe(version === "--http1.1" ? "1.1" : "2");
      expect((JSON.parse(body) as GetMetricsResponseJson).stages?.counts).toEqual({ review: 1 });
    }
  });

  it("answers Connect GET", async () => {
    using database = createDatabase();
    await using service = await startProgram(database.path);
    const message = encodeURIComponent('{"read_mask":"queue"}');
    const body = await curl(`${service.url}${RPC}?connect=v1&encoding=json&message=${message}`);
    expect((JSON.parse(body) as GetMetricsResponseJson).queue?.counts?.done).toBe(0);
  });

  it("reads the mask from the query, and refuses what is no section by naming it", async () => {
    using database = createDatabase();
    await using service = await startProgram(database.path);
    const envelope = await service.metrics("?read_mask=queue,cost");
    expect(
      Object.keys(envelope).filter((key) => ["stages", "queue", "agents", "cost"].includes(key)),
    ).toEqual(["queue", "cost"]);
    const refused = await service.get("/metrics?read_mask=queue.counts");
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({
      code: "invalid_argument",
      message: expect.stringContaining("queue.counts"),
    });
  });

  it("answers HEAD as GET without the body", async () => {
    using database = createDatabase();
    await using service = await startProgram(database.path);
    const head = await service.get("/metrics", { method: "HEAD" });
    expect(head.status).toBe(200);
    expect(Number(head.headers.get("content-length"))).toBeGreaterThan(100);
    expect(await head.text()).toBe("");
  });

  it("compresses a large body for who takes gzip, and none for who does not", async () => {
    using database = createDatabase();
    for (let id = 1; id <= 50; id += 1) database.insert("tasks", task(id, "review"));
    await using service = await startProgram(database.path);
    const headers = (...args: string[]) =>
      curl("-o", "/dev/null", "-D", "-", ...args, `${service.url}/metrics`);
    expect(await headers("-H", "Accept-Encoding: gzip")).toMatch(/content-encoding: gzip/i);
    expect(await headers()).not.toMatch(/content-encoding/i);
    expect(await headers("-H", "Accept-Encoding: gzip;q=0")).not.toMatch(/content-encoding/i);
    const body = await curl("--compressed", `${service.url}/metrics`);
    expect((JSON.parse(body) as GetMetricsResponseJson).stages?.tasks).toHaveLength(50);
  });

  it("answers 404 and 405 as Connect errors, 405 with what is allowed", async () => {
    using database = createDatabase();
    await using service = await startProgram(database.path);
    const missing = await service.get("/nothing");
    expect(missing.status).toBe(404);
    expect(await missing.json()).toMatchObject({ code: "not_found", message: expect.any(String) });
    for (const path of ["/metrics", "/health", "/status", "/queue", "/ready"]) {
      const refused = await service.get(path, { method: "POST", body: "{}" });
      expect(refused.status, path).toBe(405);
      expect(refused.headers.get("allow")).toBe("GET, HEAD");
      expect(await refused.json()).toMatchObject({ code: expect.any(String), message: expect.any(String) });
    }
    const rpc = await service.get(RPC, { method: "PUT", body: "{}" });
    expect(rpc.status).toBe(405);
    expect(rpc.headers.get("allow")).toBe("GET, POST");
  });

  it("writes nulls and zeros, so that every key is there", async () => {
    using database = createDatabase();
    await using service = await startProgram(database.path);
    const envelope = await service.metrics();
    expect(envelope.queue).toMatchObject({
      error: null,
      oldest_queued_at: null,
      oldest_queued_seconds: null,
    });
    expect(Object.keys(envelope.queue ?? {})[0]).toBe("error");
    expect(envelope.cost?.totals?.input_tokens).toBeNull();
  });
});

describe("lists", () => {
  it("are cut at the configured length and say how many they left out", async () => {
    using database = createDatabase();
    for (let id = 1; id <= 7; id += 1) {
      database.insert("tasks", task(id, "review"));
      database.insert("agent_runs", run(id));
    }
    await using service = await startProgram(database.path, { env: { ORCH_METRICS_MAX_ITEMS: "5" } });
    const { stages, agents } = await service.metrics();
    expect(stages?.tasks).toHaveLength(5);
    expect(stages?.tasks_omitted).toBe(2);
    expect(stages?.counts).toEqual({ review: 7 });
    expect(agents?.running).toHaveLength(5);
    expect(agents?.running_omitted).toBe(2);
  });
});

describe("stopping", () => {
  it("does not wait for a connection that says nothing", async () => {
    using database = createDatabase();
    await using service = await startProgram(database.path);
    const { port } = new URL(service.url);
    const silent = spawn("sh", ["-c", `exec 3<>/dev/tcp/127.0.0.1/${port}; sleep 20`]);
    await service.get("/health");
    const began = Date.now();
    expect(await service.stop()).toBe(0);
    silent.kill("SIGKILL");
    expect(Date.now() - began).toBeLessThan(5_500);
  });
});
