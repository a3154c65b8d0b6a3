/**
 * A process that simulates the services of any number of orchestrators: every path is a target with busy agents,
 * whose numbers grow with time. Usage: `node bench/simulated-targets.ts AGENTS`. Sends its port to its parent.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { create, toBinary } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { type GetMetricsResponse, GetMetricsResponseSchema } from "../client/index.ts";

const AGENTS = Number(process.argv[2]);
const begun = Date.now();

function envelopeOf(target: number, now: number): GetMetricsResponse {
  const seconds = (now - begun) / 1000;
  const running = Array.from({ length: AGENTS }, (_, index) => ({
    runId: String(target * AGENTS + index),
    taskId: String(index),
    jobId: String(index),
    agent: "developer",
    model: "model-large",
    taskStage: "development",
    jobStatus: "running",
    pid: 1000 + index,
    startedAt: timestampFromMs(begun),
    runtimeSeconds: seconds,
    heartbeatAt: timestampFromMs(now),
    log: { sizeBytes: seconds * 100, modifiedAt: timestampFromMs(now) },
    cpuTicks: seconds * 10,
    presence: "running",
    process: {
      state: "S",
      startTicks: 5000,
      startedAt: timestampFromMs(begun),
      userTicks: seconds * 8,
      systemTicks: seconds * 2,
      reapedChildrenTicks: 0,
      threads: 11,
      residentMemoryBytes: 1e8,
      voluntaryContextSwitches: Math.floor(seconds * 50),
      readChars: Math.floor(seconds * 1000),
      writeChars: Math.floor(seconds * 100),
      descendants: { processes: 2, ticks: seconds, voluntaryContextSwitches: Math.floor(seconds) },
    },
    usage: { runs: 1, pricedRuns: 1, costUsd: seconds / 1000 },
  }));
  const usage = { runs: 100, pricedRuns: 100, costUsd: seconds / 100 };
  return create(GetMetricsResponseSchema, {
    schemaVersion: 1,
    generatedAt: timestampFromMs(now),
    clkTck: 100,
    bootId: "boot",
    sourceEpoch: "epoch",
    stages: { counts: { development: AGENTS } },
    queue: {
      counts: { queued: 5, running: AGENTS, done: Math.floor(seconds), failed: 0, cancelled: 0 },
      oldestQueuedSeconds: 12,
      retries: { attemptsTotal: Math.floor(seconds) },
      breakers: {},
      gates: {},
    },
    agents: { running },
    cost: { totals: usage, byAgentModel: [{ agent: "developer", model: "model-large", usage }] },
  });
}

const server = createServer(({ url }, response) => {
  const target = Number(/^\/(\d+)\//.exec(url ?? "")?.[1] ?? 0);
  response.setHeader("content-type", "application/proto");
  response.end(toBinary(GetMetricsResponseSchema, envelopeOf(target, Date.now())));
});
server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
