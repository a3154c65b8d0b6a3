/** Compares the report with the truth, for a simulated week of an orchestrator that deletes its rows. */
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { expect, it } from "vitest";
import { GetMetricsResponseSchema } from "../../client/index.ts";
import { createRunLog } from "../../watchdog/targets/run-log.ts";
import { openAt } from "./long-history.ts";
import { createFolder, runWatchdog, watchInProcess } from "./support/watchdog.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const WEEK = 7 * DAY;
const RUNS = 2_000;
const POLL = 30_000;
/** How long after a run its row is deleted, and its cost is written. */
const KEPT = 20 * MINUTE;
const COST_LATE = 8 * MINUTE;

/** Money in millionths of a dollar, which add up exactly. */
interface Run {
  readonly runId: string;
  readonly taskId: string;
  readonly agent: string;
  readonly model: string;
  readonly from: number;
  readonly to: number;
  readonly micro: number | undefined;
  readonly exitCode: number;
  /** Its row is deleted while it runs. */
  readonly isLost: boolean;
}

interface Truth {
  runs: number;
  micro: number;
  unpriced: number;
}

/** Returns the same pseudo-random numbers each time. */
function createRandom(): (below: number) => number {
  let state = 1;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

function simulate(runs: number, begin: number): readonly Run[] {
  const random = createRandom();
  return Array.from({ length: runs }, (_, index) => {
    const from = begin + random(WEEK - 2 * 60 * MINUTE);
    return {
      ...{ runId: String(index + 1), taskId: String(random(300)), agent: `agent-${random(4)}` },
      ...{ model: `model-${random(3)}`, from, to: from + 20_000 + random(60 * MINUTE) },
      ...{ micro: random(20) === 0 ? undefined : random(3_000_000), exitCode: random(9) === 0 ? 1 : 0 },
      isLost: random(50) === 0,
    };
  });
}

/** Returns the orchestrator's envelope, and records in `reported` the cost that it reports for each run. */
function answer(
  all: readonly Run[],
  now: number,
  reported: Map<Run, { micro: number | undefined; at: number }>,
) {
  const seen = all.filter(({ from, to, isLost }) => from <= now && now < (isLost ? to : to + KEPT));
  const base = (run: Run) => {
    const { micro, from, to } = run;
    const share = Math.min(1, (now - from) / (to + COST_LATE - from));
    const known = micro === undefined ? undefined : Math.floor(micro * share);
    reported.set(run, { micro: known, at: Math.min(now, to) });
    const usage = known === undefined ? { pricedRuns: 0 } : { pricedRuns: 1, costUsd: known / 1e6 };
    const { runId, taskId, agent, model } = run;
    return { runId, taskId, agent, model, startedAt: timestampFromMs(from), usage: { runs: 1, ...usage } };
  };
  return create(GetMetricsResponseSchema, {
    sourceEpoch: "one",
    agents: {
      running: seen.filter(({ to }) => to > now).map(base),
      finished: seen
        .filter(({ to }) => to <= now)
        .sort((one, other) => other.to - one.to)
        .slice(0, 100)
        .map((run) => ({ ...base(run), finishedAt: timestampFromMs(run.to), exitCode: run.exitCode })),
    },
  });
}

it("matches the true cost of a week of 2,000 runs by task, agent, model and day", async () => {
  using folder = createFolder();
  const path = folder.file("history.db");
  const begin = Date.now() - WEEK;
  const all = simulate(RUNS, begin);
  const reported = new Map<Run, { micro: number | undefined; at: number }>();
  for (let day = 0; day < 7; day += 1) {
    const clock = { now: begin + day * DAY };
    const history = openAt(path, clock);
    const log = createRunLog();
    for (; clock.now < begin + (day + 1) * DAY; clock.now += POLL) {
      for (const run of log.changes(answer(all, clock.now, reported), clock.now)) history.addRun("main", run);
      if (clock.now % (60 * MINUTE) < POLL) history.flush();
    }
    history.close();
  }
  expect(reported.size).toBeGreaterThan(RUNS * 0.95);
  const dayOf = (time: number) => new Date(time).toLocaleDateString("sv-SE");
  await using watchdog = await watchInProcess(["--history", path, "--target", "main=http://127.0.0.1:1"]);
  for (const by of ["task", "agent", "model", "day"] as const) {
    const truth = new Map<string, Truth>();
    for (const [run, { micro, at }] of reported) {
      const name = { agent: run.agent, day: dayOf(at), model: run.model, task: run.taskId }[by];
      const sum = truth.get(name) ?? { runs: 0, micro: 0, unpriced: 0 };
      truth.set(name, sum);
      sum.runs += 1;
      sum.micro += micro ?? 0;
      sum.unpriced += Number(micro === undefined);
    }
    const args = ["--watchdog", watchdog.url, "--since", "8d", "--by", by, "--format", "json"];
    const { stdout } = await runWatchdog(["report", ...args]);
    const { rows, total } = JSON.parse(stdout) as Report;
    const printed = rows.map((row) => [row[by], toTruth(row)] as const);
    expect(new Map(printed)).toEqual(truth);
    const sums = [...truth.values()];
    const add = (name: keyof Truth) => sums.reduce((sum, each) => sum + each[name], 0);
    expect(toTruth(total)).toEqual({ runs: add("runs"), micro: add("micro"), unpriced: add("unpriced") });
  }
}, 300_000);

interface Sums {
  readonly runs: number;
  readonly cost_usd: number | null;
  readonly unpriced_runs: number;
}

interface Report {
  readonly rows: readonly (Sums & Readonly<Record<string, unknown>>)[];
  readonly total: Sums;
}

function toTruth({ runs, cost_usd: usd, unpriced_runs: unpriced }: Sums): Truth {
  return { runs, micro: Math.round((usd ?? 0) * 1e6), unpriced };
}
