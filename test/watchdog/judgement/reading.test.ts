import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { GetMetricsResponseSchema } from "../../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { agentReadings } from "../../../watchdog/judgement/reading.ts";

type Envelope = Exclude<MessageInitShape<typeof GetMetricsResponseSchema>, { $typeName: string }>;

const AGENT = { runId: "7", taskId: "3", taskStage: "review", jobId: "5", jobStatus: "running" };

function readingsOf(more: Envelope, agent = {}) {
  return agentReadings(
    create(GetMetricsResponseSchema, {
      generatedAt: { seconds: 1_700_000_000n, nanos: 250_000_000 },
      bootId: "boot",
      sourceEpoch: "epoch",
      clkTck: 100,
      stages: { tasks: [{ id: "3", stage: "review" }] },
      agents: { running: [{ ...AGENT, ...agent }] },
      ...more,
    }),
  );
}

describe("an envelope's agents", () => {
  it("have the envelope's time and identity", () => {
    expect(readingsOf({})).toMatchObject([
      { at: 1_700_000_000_250, bootId: "boot", sourceEpoch: "epoch", clkTck: 100, taskFinished: false },
    ]);
  });

  it("are empty if the section failed, was not requested or has no time", () => {
    expect(readingsOf({ agents: { error: { code: "unavailable" } } })).toEqual([]);
    expect(readingsOf({ generatedAt: undefined as never })).toEqual([]);
  });

  it.each([
    ["the task is active", {}, {}, false],
    ["the task is not among the active ones", { stages: {} }, {}, true],
    ["the job is done", {}, { jobStatus: "done" }, true],
    [
      "the job failed, and the stages cannot be read",
      { stages: { error: { code: "internal" } } },
      { jobStatus: "failed" },
      true,
    ],
    ["the list of tasks is truncated", { stages: { tasksOmitted: 3 } }, {}, undefined],
    ["the stages cannot be read", { stages: { error: { code: "internal" } } }, {}, undefined],
    ["the run has no task", { stages: {} }, { taskId: "" }, undefined],
    ["the task's row is missing", { stages: {} }, { taskStage: undefined }, undefined],
  ] as const)("show whether the work is finished: %s", (_, envelope, agent, finished) => {
    expect(readingsOf(envelope, agent)[0]?.taskFinished).toBe(finished);
  });
});
