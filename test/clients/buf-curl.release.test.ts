/**
 * The service called with `buf curl` over its three protocols, with the schema files and without. buf sends
 * no deadline.
 */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { countedWire } from "./counted-wire.ts";
import { startLargeService, TASKS } from "./large-service.ts";

const BUF = new URL("../../node_modules/.bin/buf", import.meta.url).pathname;
const SCHEMAS = ["proto", "third_party/grpc-proto"].flatMap((path) => [
  "--schema",
  new URL(`../../${path}`, import.meta.url).pathname,
]);
const RPC = "/orchestrator.metrics.v1.MetricsService/GetMetrics";
const program = promisify(execFile);

describe.each(["grpc", "grpcweb", "connect"])("buf curl over %s", (protocol) => {
  let fixture: Awaited<ReturnType<typeof startLargeService>>;
  beforeAll(async () => {
    fixture = await startLargeService();
  });
  afterAll(() => fixture[Symbol.asyncDispose]());

  const flags = ["curl", "--protocol", protocol, "--http2-prior-knowledge", ...SCHEMAS];
  const call = async (request: object, url = fixture.service.url, ...more: string[]) => {
    const args = [...flags, ...more, "-d", JSON.stringify(request), url + RPC];
    return JSON.parse((await program(BUF, args, { maxBuffer: 2 ** 24 })).stdout);
  };

  it("gets only the sections of the mask", async () => {
    const { queue, stages } = await call({ read_mask: "queue" });
    expect(queue.counts).toMatchObject({ queued: 1 });
    expect(stages).toBeUndefined();
  });

  it("calls without schema files through reflection", async () => {
    const args = ["curl", "--protocol", protocol, "-d", '{"read_mask":"queue"}', fixture.service.url + RPC];
    expect(JSON.parse((await program(BUF, args)).stdout).queue.counts).toMatchObject({ queued: 1 });
  });

  it("gets a whole response of more than one MiB with gzip", async () => {
    const url = new URL(fixture.service.url);
    await using wire = await countedWire(url);
    const { stages } = await call({ read_mask: "stages" }, `http://${wire.host}`);
    expect(stages.tasks).toHaveLength(TASKS);
    expect(JSON.stringify(stages).length).toBeGreaterThan(2 ** 20);
    expect(wire.received()).toBeLessThan(200_000);
  });

  it("gets an error with its code and message", async () => {
    const failed = await call({ read_mask: "cots" }).catch((error) => error);
    expect(JSON.parse(failed.stderr)).toEqual({
      code: "invalid_argument",
      message: 'read_mask: unknown section "cots": use stages, queue, agents, cost',
    });
  });

  it("may be cancelled, and the service answers the next call", async () => {
    await fixture.whileLocked(async () => {
      const child = spawn(BUF, [...flags, "-d", "{}", fixture.service.url + RPC], { stdio: "ignore" });
      setTimeout(() => child.kill("SIGINT"), 60);
      await once(child, "exit");
    });
    expect((await call({ read_mask: "queue" })).queue.error).toBeUndefined();
  });

  it("sees health fail and recover", async () => {
    const watch = `${fixture.service.url}/grpc.health.v1.Health/Watch`;
    const child = spawn(BUF, [...flags, "-d", "{}", watch], { stdio: ["ignore", "pipe", "ignore"] });
    const seen: string[] = [];
    const next = (word: string) =>
      new Promise<void>((resolve) => {
        const look = () => seen.at(-1) === word && resolve();
        look();
        child.stdout.on("data", look);
      });
    child.stdout.on("data", (chunk) => seen.push(...(String(chunk).match(/(?:NOT_)?SERVING/g) ?? [])));
    await next("SERVING");
    await fixture.whileAway(() => next("NOT_SERVING"));
    await next("SERVING");
    child.kill("SIGINT");
    await once(child, "exit");
    expect(seen).toEqual(["SERVING", "NOT_SERVING", "SERVING"]);
  });
});
