/** Every transport, called by third-party clients: buf curl and curl. */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { GetMetricsResponseJson } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { createDatabase, run, task } from "../support/database.ts";
import { startProgram } from "../support/service.ts";
import { byBuf, ONE_OF_EACH, RPC, testWays } from "./by-buf.ts";
import { startInProcess } from "./in-process.ts";
import { type SharedService, startShared } from "./shared-service.ts";

const program = promisify(execFile);
const curl = async (...args: string[]) => (await program("curl", ["-sS", ...args])).stdout;

let service: SharedService;
beforeAll(async () => {
  service = await startShared();
});
afterAll(() => service?.[Symbol.asyncDispose]());

describe("the RPC through buf curl", () => {
  testWays(ONE_OF_EACH, () => service);

  it("fails with invalid_argument if the mask has an unknown path", async () => {
    const call = byBuf(service.url, ["--protocol", "grpc", "--http2-prior-knowledge"], { read_mask: "cots" });
    await expect(call).rejects.toMatchObject({ stderr: expect.stringContaining("invalid_argument") });
  });
});

describe("plain HTTP through curl", () => {
  it("works over HTTP/1.1 and HTTP/2 on one port", async () => {
    const database = service.database();
    database.insert("tasks", task(1, "review"));
    for (const version of ["--http1.1", "--http2-prior-knowledge"]) {
      const text = await curl(version, "-w", "\n%{http_version}", `${service.url}/metrics?read_mask=stages`);
      const [body = "", used] = text.split("\n");
      expect(used).toBe(version === "--http1.1" ? "1.1" : "2");
      expect((JSON.parse(body) as GetMetricsResponseJson).stages?.counts).toEqual({ review: 1 });
    }
  });

  it("supports Connect GET", async () => {
    service.database();
    const message = encodeURIComponent('{"read_mask":"queue"}');
    const body = await curl(`${service.url}${RPC}?connect=v1&encoding=json&message=${message}`);
    expect((JSON.parse(body) as GetMetricsResponseJson).queue?.counts?.done).toBe(0);
  });

  it("reads the mask from the query, and names an unknown section in the error", async () => {
    service.database();
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

  it("answers HEAD like GET without the body", async () => {
    service.database();
    const head = await service.get("/metrics", { method: "HEAD" });
    expect(head.status).toBe(200);
    expect(Number(head.headers.get("content-length"))).toBeGreaterThan(100);
    expect(await head.text()).toBe("");
  });

  it("compresses a large body only for clients that accept gzip", async () => {
    const database = service.database();
    for (let id = 1; id <= 50; id += 1) database.insert("tasks", task(id, "review"));
    const headers = (...args: string[]) =>
      curl("-o", "/dev/null", "-D", "-", ...args, `${service.url}/metrics`);
    expect(await headers("-H", "Accept-Encoding: gzip")).toMatch(/content-encoding: gzip/i);
    expect(await headers()).not.toMatch(/content-encoding/i);
    expect(await headers("-H", "Accept-Encoding: gzip;q=0")).not.toMatch(/content-encoding/i);
    const body = await curl("--compressed", `${service.url}/metrics`);
    expect((JSON.parse(body) as GetMetricsResponseJson).stages?.tasks).toHaveLength(50);
  });

  it("returns 404 and 405 as Connect errors, and 405 lists the allowed methods", async () => {
    service.database();
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

  it("writes nulls and zeros, so that every key is present", async () => {
    service.database();
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
  it("are truncated at the configured length, and report how many items they omit", async () => {
    using database = createDatabase();
    for (let id = 1; id <= 7; id += 1) {
      database.insert("tasks", task(id, "review"));
      database.insert("agent_runs", run(id));
    }
    await using own = await startInProcess(database.path, { env: { ORCH_METRICS_MAX_ITEMS: "5" } });
    const { stages, agents } = await own.metrics();
    expect(stages?.tasks).toHaveLength(5);
    expect(stages?.tasks_omitted).toBe(2);
    expect(stages?.counts).toEqual({ review: 7 });
    expect(agents?.running).toHaveLength(5);
    expect(agents?.running_omitted).toBe(2);
  });
});

describe("stopping", () => {
  it("does not wait for a silent connection", async () => {
    using database = createDatabase();
    await using own = await startProgram(database.path);
    const silent = connect(Number(new URL(own.url).port), "127.0.0.1");
    await once(silent, "connect");
    await own.get("/health");
    const began = Date.now();
    expect(await own.stop()).toBe(0);
    silent.destroy();
    // Requests in progress may take four seconds to finish.
    expect(Date.now() - began).toBeLessThan(4_000);
  });
});
