/** A target's spending, from sums that may fall and runs that come and go. */
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { describe, expect, it } from "vitest";
import { GetMetricsResponseSchema } from "../../client/index.ts";
import { thresholdsOf } from "../../watchdog/config/thresholds.ts";
import { Target } from "../../watchdog/targets/target.ts";
import { eventually } from "../support/service.ts";
import { cost, startFakeTarget } from "./support/fake-target.ts";
import { createFolder, watchInProcess } from "./support/watchdog.ts";

const BEGIN = new Date(2026, 0, 31, 12).getTime();
const SECOND = 1000;

interface Run {
  readonly runId: string;
  readonly costUsd?: number;
  readonly model?: string;
  /** Seconds after BEGIN. Absent: the run is running. */
  readonly finished?: number;
}

interface Answer {
  /** The sum over all runs. */
  readonly sum: number;
  readonly runs?: readonly Run[];
  readonly omitted?: number;
  readonly epoch?: string;
}

const run = (id: number, finished?: number, costUsd = 1): Run => ({
  runId: String(id),
  costUsd,
  model: "large",
  ...(finished !== undefined && { finished }),
});
const runs = (from: number, to: number, finished: (id: number) => number) =>
  Array.from({ length: to - from + 1 }, (_, index) => run(to - index, finished(to - index)));

function envelope({ sum, runs: all = [], omitted = 0, epoch = "one" }: Answer, at: number) {
  const usage = ({ costUsd }: Run) => ({ runs: 1, ...(costUsd !== undefined && { costUsd }) });
  return create(GetMetricsResponseSchema, {
    ...cost(100, { large: sum }),
    generatedAt: timestampFromMs(at),
    sourceEpoch: epoch,
    agents: {
      runningOmitted: omitted,
      running: all
        .filter(({ finished }) => finished === undefined)
        .map((one) => ({ runId: one.runId, model: one.model ?? "", usage: usage(one) })),
      finished: all.flatMap(({ finished, ...one }) =>
        finished === undefined
          ? []
          : {
              runId: one.runId,
              model: one.model ?? "",
              finishedAt: timestampFromMs(BEGIN + finished * SECOND),
              usage: usage(one),
            },
      ),
    },
  });
}

/** Returns what was spent over these responses, ten seconds apart. */
function spentOver(answers: readonly Answer[], restartAfter = -1): number | undefined {
  const address = { name: "main", url: "http://127.0.0.1:2" };
  let target = new Target(address);
  let now = BEGIN;
  const points = [];
  for (const [index, answer] of answers.entries()) {
    now += 10 * SECOND;
    const point = target.record({ envelope: envelope(answer, now), seconds: 0 }, now, thresholdsOf({}));
    if (point) points.push(point);
    const counter = JSON.parse(JSON.stringify(target.counter));
    if (index === restartAfter) target = new Target(address, { counter, points });
  }
  const spent = target.spend(now).lastHourUsd;
  return spent === undefined ? undefined : Math.round(spent * 100) / 100;
}

describe("the spending", () => {
  const OLD = runs(1, 100, (id) => -1000 + id);
  const cases: Record<string, [spent: number, answers: readonly Answer[]]> = {
    "is the cost of each new run while as many old ones are deleted": [
      3,
      [100, 101, 102, 103].map((last) => ({
        sum: 300,
        runs: [...runs(101, last, (id) => id - 95), ...OLD].slice(0, 100),
      })),
    ],
    "does not count runs that move up into the list as newer ones are deleted": [
      0,
      [
        { sum: 300, runs: OLD.slice(0, 50) },
        { sum: 290, runs: OLD.slice(10, 60) },
      ],
    ],
    "does not count runs of the same second twice": [
      1,
      [
        { sum: 300, runs: runs(1, 100, () => -5) },
        { sum: 300, runs: [run(200, 12), ...runs(-1, 97, () => -5)] },
      ],
    ],
    "counts a run once if it is first running, then finished, and its cost grows": [
      4,
      [
        { sum: 300, runs: [run(1, undefined, 2), ...OLD.slice(0, 5)] },
        { sum: 300, runs: [run(1, undefined, 3), ...OLD.slice(0, 5)] },
        { sum: 300, runs: [run(1, 25, 5), ...OLD.slice(0, 5)] },
        { sum: 300, runs: [run(1, 25, 6), ...OLD.slice(0, 5)] },
      ],
    ],
    "is the difference of the sums when more runs finish than the list holds": [
      150,
      [
        { sum: 300, runs: OLD },
        { sum: 450, runs: runs(151, 250, () => 15) },
      ],
    ],
    "does not count the full cost of runs that may have been running unlisted": [
      1,
      [
        { sum: 300, runs: OLD, omitted: 5 },
        { sum: 301, runs: [run(101, 15, 20), ...OLD.slice(0, 99)] },
      ],
    ],
    "does not count old runs when their list first appears": [
      1,
      [{ sum: 300 }, { sum: 300, runs: [run(101, 15), ...OLD.slice(0, 99)] }],
    ],
    "counts a cost that becomes known when the run finishes": [
      2,
      [
        { sum: 300, runs: [{ runId: "x", model: "" }, ...OLD.slice(0, 9)] },
        { sum: 300, runs: [{ runId: "x", costUsd: 2, model: "large", finished: 15 }, ...OLD.slice(0, 8)] },
      ],
    ],
    "counts nothing across two databases": [
      0,
      [
        { sum: 300, runs: OLD },
        { sum: 300, runs: runs(500, 599, () => 15), epoch: "two" },
      ],
    ],
    "counts runs whose IDs are JavaScript property names": [
      3,
      [
        { sum: 300, runs: OLD.slice(0, 9) },
        {
          sum: 300,
          runs: ["constructor", "__proto__", "toString"].map((runId) => ({ ...run(0, 15), runId })),
        },
      ],
    ],
  };
  for (const [name, [spent, answers]] of Object.entries(cases)) {
    it(name, () => {
      expect(spentOver(answers)).toBe(spent);
    });
  }

  it("counts each run once across a restart of the watchdog", () => {
    const [, answers] = Object.values(cases)[0] ?? [0, []];
    for (const restartAfter of [0, 1, 2]) expect(spentOver(answers, restartAfter)).toBe(3);
  });

  it("is unknown while no run has a price", () => {
    const target = new Target({ name: "main", url: "http://127.0.0.1:2" });
    const record = (
      byModel: Record<string, number>,
      totals: { runs: number; costUsd?: number },
      at: number,
    ) =>
      target.record(
        {
          seconds: 0,
          envelope: create(GetMetricsResponseSchema, {
            generatedAt: timestampFromMs(at),
            cost: {
              totals,
              byAgentModel: Object.entries(byModel).map(([model, costUsd]) => ({
                model,
                usage: { costUsd },
              })),
            },
          }),
        },
        at,
        thresholdsOf({}),
      );
    record({}, { runs: 3 }, BEGIN);
    expect(target.spend(BEGIN)).toEqual({});
    record({ large: 5 }, { runs: 4, costUsd: 5 }, BEGIN + SECOND);
    expect(target.spend(BEGIN + SECOND)).toEqual({ lastHourUsd: 5, todayUsd: 5 });
  });

  it("is 0 while there are no runs", () => {
    const target = new Target({ name: "main", url: "http://127.0.0.1:2" });
    const empty = create(GetMetricsResponseSchema, { cost: { totals: { runs: 0, costUsd: 0 } } });
    target.record({ seconds: 0, envelope: empty }, BEGIN, thresholdsOf({}));
    expect(target.spend(BEGIN)).toEqual({ lastHourUsd: 0, todayUsd: 0 });
  });

  it("begins after a restart if no costs were read before", async () => {
    using folder = createFolder();
    await using target = await startFakeTarget();
    const args = ["--target", `main=${target.url}`, "--history", folder.file("history.db")];
    const first = await watchInProcess(args);
    await target.polls();
    await first[Symbol.asyncDispose]();
    target.envelope = cost(1, { large: 1 });
    await using second = await watchInProcess(args);
    await target.polls();
    target.envelope = cost(2, { large: 3 });
    await eventually("it is counted", async () => (await second.summary("main")).spentTodayUsd === 2);
  });
});
