/** The service called with `@grpc/grpc-js`, with stubs generated from the .proto files at run time. */
import { compressionAlgorithms, credentials, loadPackageDefinition, Metadata, status } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { countedWire } from "./counted-wire.ts";
import { startLargeService, TASKS } from "./large-service.ts";

const folder = (path: string) => new URL(`../../${path}`, import.meta.url).pathname;
// biome-ignore lint/suspicious/noExplicitAny: what is made at run time has no types.
type Dynamic = any;

const LOADED: Dynamic = loadPackageDefinition(
  loadSync(["orchestrator/metrics/v1/metrics.proto", "grpc/health/v1/health.proto"], {
    includeDirs: [folder("proto"), folder("third_party/grpc-proto")],
    keepCase: true,
    enums: String,
    defaults: true,
  }),
);
const { MetricsService } = LOADED.orchestrator.metrics.v1;
const { Health } = LOADED.grpc.health.v1;

describe("@grpc/grpc-js", () => {
  let fixture: Awaited<ReturnType<typeof startLargeService>>;
  let metrics: Dynamic;
  let health: Dynamic;

  beforeAll(async () => {
    fixture = await startLargeService({ times: { lookSeconds: 0.05 } });
    const { host } = new URL(fixture.service.url);
    metrics = new MetricsService(host, credentials.createInsecure());
    health = new Health(host, credentials.createInsecure());
  });
  afterAll(async () => {
    metrics.close();
    health.close();
    await fixture[Symbol.asyncDispose]();
  });

  const call = (request: object, options: object = {}) =>
    new Promise<Dynamic>((resolve, reject) =>
      metrics.GetMetrics(request, new Metadata(), options, (error: unknown, answer: unknown) =>
        error ? reject(error) : resolve(answer),
      ),
    );
  const only = (...paths: string[]) => ({ read_mask: { paths } });

  it("gets only the sections of the mask", async () => {
    const { queue, cost, stages } = await call(only("queue", "cost"));
    expect(queue.counts.queued).toBe(1);
    expect(cost.totals.input_tokens).toBe(2 ** 53 - 1);
    expect(stages).toBeNull();
  });

  it("gets a whole response of more than one MiB", async () => {
    const { stages } = await call(only("stages"));
    expect(stages.tasks).toHaveLength(TASKS);
    expect(stages.tasks.map((one: Dynamic) => one.work_item).join("").length).toBeGreaterThan(2 ** 20);
  });

  it("gets an error with its code and message", async () => {
    await expect(call(only("cots"))).rejects.toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: 'read_mask: unknown section "cots": use stages, queue, agents, cost',
    });
  });

  it("gives up at its deadline, and the service answers the next call", async () => {
    await fixture.whileLocked(async () => {
      await expect(call({}, { deadline: Date.now() + 40 })).rejects.toMatchObject({
        code: status.DEADLINE_EXCEEDED,
      });
    });
    expect((await call(only("queue"))).queue.error).toBeNull();
  });

  it("may cancel, and the service answers the next call", async () => {
    await fixture.whileLocked(async () => {
      const cancelled = new Promise((_, reject) => {
        const running = metrics.GetMetrics({}, (error: unknown) => reject(error));
        setTimeout(() => running.cancel(), 20);
      });
      await expect(cancelled).rejects.toMatchObject({ code: status.CANCELLED });
    });
    expect((await call(only("queue"))).queue.error).toBeNull();
  });

  it("sends and accepts gzip", async () => {
    await using wire = await countedWire(new URL(fixture.service.url));
    const zipping = new MetricsService(wire.host, credentials.createInsecure(), {
      "grpc.default_compression_algorithm": compressionAlgorithms.gzip,
    });
    const { stages } = await new Promise<Dynamic>((resolve, reject) =>
      zipping.GetMetrics(only("stages"), (error: unknown, answer: unknown) =>
        error ? reject(error) : resolve(answer),
      ),
    );
    zipping.close();
    expect(stages.tasks).toHaveLength(TASKS);
    expect(wire.received()).toBeLessThan(200_000);
  });

  it("sees health fail and recover", async () => {
    const seen: string[] = [];
    const stream = health.Watch({ service: "orchestrator.metrics.v1.MetricsService" });
    stream.on("error", () => {});
    const next = (word: string) =>
      new Promise<void>((resolve) => {
        const look = () => seen.at(-1) === word && resolve();
        look();
        stream.on("data", look);
      });
    stream.on("data", (message: Dynamic) => seen.push(message.status));
    await next("SERVING");
    await fixture.whileAway(() => next("NOT_SERVING"));
    await next("SERVING");
    stream.cancel();
    expect(seen).toEqual(["SERVING", "NOT_SERVING", "SERVING"]);
  });
});
