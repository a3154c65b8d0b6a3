/**
 * Calls the RPC with `buf curl` over each protocol. buf starts slowly, so the fast tier has one case per
 * protocol.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import type { GetMetricsResponseJson } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { run, task } from "../support/database.ts";
import type { SharedService } from "./shared-service.ts";

export const RPC = "/orchestrator.metrics.v1.MetricsService/GetMetrics";
const BUF = new URL("../../node_modules/.bin/buf", import.meta.url).pathname;
const PROTO = new URL("../../proto", import.meta.url).pathname;
const program = promisify(execFile);

export type Way = readonly [name: string, flags: readonly string[]];

export const ONE_OF_EACH: readonly Way[] = [
  ["gRPC", ["--protocol", "grpc", "--http2-prior-knowledge"]],
  ["gRPC-web over HTTP/1.1", ["--protocol", "grpcweb"]],
  ["Connect over HTTP/1.1", ["--protocol", "connect"]],
];

export const OTHERS: readonly Way[] = [
  ["gRPC-web over HTTP/2", ["--protocol", "grpcweb", "--http2-prior-knowledge"]],
  ["Connect over HTTP/2", ["--protocol", "connect", "--http2-prior-knowledge"]],
];

export async function byBuf(url: string, flags: readonly string[], message: object): Promise<string> {
  const about = ["curl", "--schema", PROTO, ...flags, "-d", JSON.stringify(message), url + RPC];
  return (await program(BUF, about)).stdout;
}

/** Adds one test per protocol. */
export function testWays(ways: readonly Way[], service: () => SharedService): void {
  for (const [name, flags] of ways) {
    it(`returns only the requested sections over ${name}`, async () => {
      const database = service().database();
      database.insert("tasks", task(1, "review"));
      database.insert("agent_runs", run(1, { cost_usd: 1.5, input_tokens: 2 ** 53 - 1 }));
      const text = await byBuf(service().url, flags, { read_mask: "stages,cost" });
      const envelope = JSON.parse(text) as GetMetricsResponseJson;
      expect(envelope.stages?.counts).toEqual({ review: 1 });
      expect(envelope.cost?.totals?.input_tokens).toBe(2 ** 53 - 1);
      expect(envelope).not.toHaveProperty("queue");
      expect(envelope).not.toHaveProperty("agents");
    });
  }
}
