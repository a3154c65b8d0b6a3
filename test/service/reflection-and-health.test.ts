/** Reflection and health, asked by clients that are not ours. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { renameSync } from "node:fs";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { createDatabase, task } from "../support/database.ts";
import { eventually, startReady } from "../support/service.ts";

const BUF = new URL("../../node_modules/.bin/buf", import.meta.url).pathname;
const PROTO = new URL("../../third_party/grpc-proto", import.meta.url).pathname;
const program = promisify(execFile);
const SERVICE = "orchestrator.metrics.v1.MetricsService";
const HEALTH = "/grpc.health.v1.Health";

const buf = async (...args: string[]) =>
  (await program(BUF, ["curl", "--http2-prior-knowledge", "--protocol", "grpc", ...args])).stdout;

describe("reflection", () => {
  for (const protocol of ["grpc-v1", "grpc-v1alpha"]) {
    it(`lists, describes and calls without a schema, by ${protocol}`, async () => {
      using database = createDatabase();
      database.insert("tasks", task(1, "review"));
      await using service = await startReady(database.path);
      const reflected = ["--reflect", "--reflect-protocol", protocol];
      const services = await buf(...reflected, "--list-methods", service.url);
      expect(services.split("\n")).toContain(`${SERVICE}/GetMetrics`);
      expect(services).toContain("grpc.health.v1.Health/Watch");
      const answer = await buf(
        ...reflected,
        "-d",
        '{"read_mask":"stages"}',
        `${service.url}/${SERVICE}/GetMetrics`,
      );
      expect(JSON.parse(answer).stages.counts).toEqual({ review: 1 });
    });
  }

  const ask = async (url: string, question: object) => {
    const call = [
      "--schema",
      PROTO,
      "-d",
      JSON.stringify(question),
      `${url}/grpc.reflection.v1.ServerReflection/ServerReflectionInfo`,
    ];
    return JSON.parse(await buf(...call));
  };

  it("finds a file by its name and by every kind of symbol, with all that it imports", async () => {
    using database = createDatabase();
    await using service = await startReady(database.path);
    const questions = [
      { fileByFilename: "orchestrator/metrics/v1/metrics.proto" },
      ...["", ".GetMetrics"].map((end) => ({ fileContainingSymbol: SERVICE + end })),
      { fileContainingSymbol: "orchestrator.metrics.v1.QueueSection.counts" },
    ];
    for (const question of questions) {
      const { fileDescriptorResponse } = await ask(service.url, question);
      expect(fileDescriptorResponse.fileDescriptorProto).toHaveLength(3);
    }
  });

  it("says what it does not know, and goes on", async () => {
    using database = createDatabase();
    await using service = await startReady(database.path);
    expect(await ask(service.url, { fileContainingSymbol: "no.Such" })).toMatchObject({
      errorResponse: { errorCode: 5, errorMessage: 'there is no symbol "no.Such"' },
    });
  });
});

describe("health", () => {
  const health = async (url: string, method: string, service = "") =>
    JSON.parse(await buf("--schema", PROTO, "-d", JSON.stringify({ service }), `${url}${HEALTH}/${method}`));

  it("follows the database for the whole and for MetricsService, and does not know others", async () => {
    using database = createDatabase();
    await using service = await startReady(database.path);
    for (const name of ["", SERVICE])
      expect(await health(service.url, "Check", name)).toEqual({ status: "SERVING" });
    const list = JSON.parse(await buf("--schema", PROTO, "-d", "{}", `${service.url}${HEALTH}/List`));
    expect(list.statuses).toEqual({ "": { status: "SERVING" }, [SERVICE]: { status: "SERVING" } });
    await expect(health(service.url, "Check", "no.Such")).rejects.toMatchObject({
      stderr: expect.stringContaining("not_found"),
    });
    renameSync(database.path, `${database.path}.away`);
    expect(await health(service.url, "Check")).toEqual({ status: "NOT_SERVING" });
    renameSync(`${database.path}.away`, database.path);
  });

  it("is not serving MetricsService while the kill switch is off", async () => {
    using database = createDatabase();
    await using service = await startReady(database.path, { env: { ORCH_METRICS_ENABLED: "false" } });
    expect(await health(service.url, "Check", SERVICE)).toEqual({ status: "NOT_SERVING" });
    expect(await health(service.url, "Check")).toEqual({ status: "SERVING" });
  });

  it("pushes each change to who watches, and ends with the service", async () => {
    using database = createDatabase();
    await using service = await startReady(database.path);
    const args = ["curl", "--http2-prior-knowledge", "--protocol", "grpc", "--schema", PROTO, "-d", "{}"];
    const watcher = spawn(BUF, [...args, `${service.url}${HEALTH}/Watch`]);
    let heard = "";
    watcher.stdout.on("data", (chunk) => (heard += chunk));
    const ended = once(watcher, "close");
    await eventually("it serves", () => heard.includes('"SERVING"'));
    renameSync(database.path, `${database.path}.away`);
    await eventually("it does not", () => heard.includes('"NOT_SERVING"'));
    renameSync(`${database.path}.away`, database.path);
    await eventually("it serves again", () => heard.match(/"SERVING"/g)?.length === 2);
    const began = performance.now();
    expect(await service.stop()).toBe(0);
    expect(performance.now() - began).toBeLessThan(3_000);
    await ended;
  });
});
