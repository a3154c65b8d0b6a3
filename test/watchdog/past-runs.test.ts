/** Past runs: what the history keeps of them, and what the report makes of it. */
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { GetMetricsResponseSchema } from "../../client/index.ts";
import type { PastRun } from "../../watchdog/api.ts";
import { readConfig } from "../../watchdog/config/settings.ts";
import { parseTime } from "../../watchdog/report/period.ts";
import { report } from "../../watchdog/report/report.ts";
import { columnsShown, createSummary } from "../../watchdog/report/summary.ts";
import { toCsv, toJson, toTable } from "../../watchdog/report/text.ts";
import { createRunLog } from "../../watchdog/targets/run-log.ts";
import { eventually } from "../support/service.ts";
import { openAt } from "./long-history.ts";
import { expectOneLine } from "./refusals.ts";
import { expectTruthOverAWeek } from "./simulated-week.ts";
import { type EnvelopeInit, startFakeTarget } from "./support/fake-target.ts";
import { createFolder, runWatchdog, startWatchdog } from "./support/watchdog.ts";

const NOW = Date.UTC(2026, 10, 26, 12);
const MINUTE = 60_000;
const at = (minutes: number) => timestampFromMs(NOW + minutes * MINUTE);

const envelope = (agents: EnvelopeInit["agents"], more: EnvelopeInit = {}) =>
  create(GetMetricsResponseSchema, { sourceEpoch: "one", ...more, agents: agents as object });

const priced = (costUsd: number) => ({ runs: 1, pricedRuns: 1, costUsd });

/** What a history holds after these answers, a minute apart. */
function kept(answers: readonly ReturnType<typeof envelope>[], restartAfter = -1): readonly PastRun[] {
  const clock = { now: NOW };
  const history = openAt(null, clock);
  let log = createRunLog([]);
  for (const [index, answer] of answers.entries()) {
    clock.now += MINUTE;
    for (const run of log.changes(answer, clock.now)) history.addRun("main", run);
    history.flush();
    if (index === restartAfter) log = createRunLog(history.running("main"));
  }
  const { runs } = history.runs({ from: 0, to: NOW * 2, before: 0 });
  history.close();
  return runs;
}

describe("the runs in the history", () => {
  const running = { runId: "1", agent: "developer", startedAt: at(-9), usage: priced(1) };
  const finished = { ...running, model: "large", finishedAt: at(1), exitCode: 0, usage: priced(2.5) };

  it("are one row each: running first, then finished, and then with a cost that was written later", () => {
    const { usage: _, ...unpriced } = finished;
    const seen = kept([
      envelope({ running: [{ ...running, usage: {} }] }),
      envelope({ finished: [unpriced] }),
      envelope({ finished: [finished] }),
    ]);
    expect(seen).toEqual([
      expect.objectContaining({
        ...{ runId: "1", state: "finished", exitCode: 0, costUsd: 2.5, model: "large" },
      }),
    ]);
  });

  it.each([-1, 0])(
    "stay as they were seen last if the source deletes them, over a restart after %i too",
    (restart) => {
      const [run] = kept(
        [envelope({ running: [running] }), envelope({}), envelope({ finished: [] })],
        restart,
      );
      expect(run).toMatchObject({ state: "gone", costUsd: 1, at: NOW + MINUTE, startedAt: NOW - 9 * MINUTE });
    },
  );

  it("are kept with the task's work item, which the source names only while the task is active", () => {
    const tasks = [{ id: "7", workItem: "ORCH-7" }];
    const run = { ...running, taskId: "7" };
    const seen = kept([
      envelope({ running: [run] }, { stages: { tasks } }),
      envelope({ finished: [{ ...finished, taskId: "7" }] }),
    ]);
    expect(seen).toEqual([expect.objectContaining({ taskId: "7", workItem: "ORCH-7", state: "finished" })]);
  });

  it("are others in another database, and the same in one that was restored", () => {
    const one = envelope({ finished: [finished] });
    const restored = envelope({ finished: [finished] }, { sourceEpoch: "two" });
    const replaced = envelope({ finished: [{ ...finished, startedAt: at(0) }] }, { sourceEpoch: "three" });
    expect(kept([one, restored])).toHaveLength(1);
    expect(kept([one, replaced])).toHaveLength(2);
  });

  it("are not taken from an answer whose agents could not be read", () => {
    const error = { code: "unavailable", message: "locked" };
    expect(kept([envelope({ running: [running] }), envelope({ error })])[0]?.state).toBe("running");
  });

  it("take no figure and no time that is none", () => {
    const odd = { runId: "1", usage: priced(Number.NaN), startedAt: { seconds: 2n ** 60n, nanos: 0 } };
    const usage = { ...priced(Number.POSITIVE_INFINITY), inputTokens: 7 };
    const later = { ...odd, usage, finishedAt: timestampFromMs(NOW + 9e9) };
    const [run] = kept([envelope({ finished: [odd] }), envelope({ finished: [later] })]);
    expect(run).toEqual({
      ...{ id: 1, target: "main", runId: "1", state: "finished", at: NOW + 2 * MINUTE, inputTokens: 7 },
    });
  });

  it("are read in pages of which none has a run twice, and removed when they are too old", () => {
    const clock = { now: NOW };
    const history = openAt(null, clock);
    for (let id = 0; id < 4_100; id += 1)
      history.addRun("main", { epoch: 1, runId: `${id}`, state: "finished", at: NOW - (id % 50) * MINUTE });
    const ids: string[] = [];
    let place: { to: number; before: number } | undefined = { to: NOW + 1, before: 0 };
    while (place) {
      const page = history.runs({ from: 0, ...place });
      ids.push(...page.runs.map(({ runId }) => runId));
      place = page.next;
    }
    expect(ids).toHaveLength(4_100);
    expect(new Set(ids).size).toBe(4_100);
    history.add("main", { at: NOW, agents: [] });
    history.flush();
    clock.now += 91 * 24 * 60 * MINUTE;
    history.maintain();
    expect(history.runs({ from: 0, to: clock.now, before: 0 }).runs).toEqual([]);
    history.close();
  });

  it("are added to a file that an earlier build wrote", () => {
    using folder = createFolder();
    const path = folder.file("history.db");
    const clock = { now: NOW };
    const first = openAt(path, clock);
    first.documents.put("counter", "main", { at: 1 });
    first.close();
    const earlier = new Database(path);
    earlier.exec("DROP TABLE runs; DROP TABLE run_targets");
    earlier.close();
    const again = openAt(path, clock);
    again.addRun("main", { epoch: 1, runId: "1", state: "running", at: NOW });
    expect(again.documents.get("counter", "main")).toEqual({ at: 1 });
    expect(again.runs({ from: 0, to: NOW + 1, before: 0 }).runs).toHaveLength(1);
    again.close();
  });
});

describe("a time on the command line", () => {
  const berlin = (text: string) => {
    const time = parseTime(text, "Europe/Berlin", Date.parse("2026-03-30T00:30:00Z"));
    return time === undefined ? undefined : new Date(time).toISOString().replace(":00.000Z", "Z");
  };
  it.each([
    ["now", "2026-03-30T00:30Z"],
    ["today", "2026-03-29T22:00Z"],
    // That day had 23 hours.
    ["yesterday", "2026-03-28T23:00Z"],
    ["12h", "2026-03-29T12:30Z"],
    ["7d", "2026-03-23T00:30Z"],
    ["2026-01-15", "2026-01-14T23:00Z"],
    ["2026-07-15", "2026-07-14T22:00Z"],
    ["2026-07-15 22:30", "2026-07-15T20:30Z"],
    ["2026-07-15T22:30Z", "2026-07-15T22:30Z"],
    ["2026-07-15T22:30-05:00", "2026-07-16T03:30Z"],
    // Half an hour before the clocks change.
    ["2026-03-29 01:30", "2026-03-29T00:30Z"],
    ["2026-02-30", undefined],
    ["2026-07-15T25:00", undefined],
    ["last week", undefined],
  ])("%j is %s", (text, expected) => {
    expect(berlin(text)).toBe(expected);
  });
});

describe("the report's texts", () => {
  const columns = ["task", "runs", "duration_seconds", "cost_usd", "failed"];
  const one = { orchestrator: "main", running: 0, unpriced_runs: 0, input_tokens: null, output_tokens: null };
  const nasty = '=HYPERLINK("http://x")\x1b[2J\u202e';
  const rows = [
    { ...one, task: nasty, runs: 1, duration_seconds: 3_725, cost_usd: 0.1234, failed: 0 },
    { ...one, task: null, runs: 1_200, duration_seconds: null, cost_usd: null, failed: 0 },
  ];
  const total = { runs: 1_201, duration_seconds: 3_725, cost_usd: 0.1234, failed: 0 };

  it("quote CSV, and let no text be a formula or reach the terminal's controls", () => {
    expect(toCsv(columns, rows).split("\n").slice(1)).toEqual([
      `"'=HYPERLINK(""http://x"")\\x1b[2J\\u202e",1,3725,0.1234,0`,
      ",1200,,,0",
      "",
    ]);
    for (const begin of ["+1", "-1", "@x", " =1", "＝1"])
      expect(toCsv(["task"], [{ task: begin }])).toBe(`task\n"'${begin}"\n`);
    const json = toJson({ rows, since_at: 0 });
    expect(json).not.toMatch(/(?!\n)[\p{Cc}\p{Bidi_Control}]/u);
    expect(JSON.parse(json)).toEqual({ rows, since_at: "1970-01-01T00:00:00.000Z" });
  });

  it("show a table whose columns add up, without those that say nothing", () => {
    expect(toTable(columnsShown("task", rows), rows, total, String)).toBe(
      [
        "TASK                                  RUNS  DURATION  COST USD",
        '=HYPERLINK("http://x")\\x1b[2J\\u202e      1   1:02:05    0.1234',
        "–                                    1,200         –         –",
        "total                                1,201   1:02:05    0.1234",
        "",
      ].join("\n"),
    );
  });

  it("keep orchestrators apart, and what is unknown apart from nothing", () => {
    const run = { id: 1, runId: "1", state: "finished", at: NOW, taskId: "7", startedAt: NOW } as const;
    const summary = createSummary("task", String);
    summary.add({ ...run, target: "a", costUsd: 0 });
    summary.add({ ...run, target: "a", costUsd: 0.1, workItem: "ORCH-7" });
    summary.add({ ...run, target: "a", costUsd: 0.2, exitCode: 3 });
    summary.add({ ...run, target: "b" });
    expect(summary.rows()).toMatchObject([
      { orchestrator: "a", task: "ORCH-7", runs: 3, failed: 1, cost_usd: 0.3, unpriced_runs: 0 },
      { orchestrator: "b", task: "7", runs: 1, failed: 0, cost_usd: null, unpriced_runs: 1 },
    ]);
    expect(summary.total()).toMatchObject({ runs: 4, cost_usd: 0.3, unpriced_runs: 1, input_tokens: null });
  });
});

describe("orch-watchdog report", () => {
  it("says to the cent what a week of 2,000 runs cost, whatever the source deletes", async () => {
    await expectTruthOverAWeek(2_000, 10, ["task"]);
  });

  it("asks the running watchdog, or reads the file that it left", async () => {
    using folder = createFolder();
    const now = Date.now();
    const run = { runId: "1", model: "large", startedAt: timestampFromMs(now - 65_000), usage: priced(1.25) };
    const ended = { ...run, runId: "2", finishedAt: timestampFromMs(now - 5_000), exitCode: 1 };
    await using target = await startFakeTarget({ agents: { running: [run], finished: [ended] } });
    const path = folder.file("history.db");
    const watchdog = await startWatchdog(["--target", `main=${target.url}`, "--history", path]);
    await eventually("it is read", async () => (await watchdog.summary("main")).agents === 1);
    const reported = async (...args: string[]) => {
      const done = await runWatchdog(["report", "--since", "1h", "--by", "model", ...args]);
      return { ...done, json: () => JSON.parse(done.stdout) };
    };
    const sums = { runs: 2, running: 1, failed: 1, cost_usd: 2.5, unpriced_runs: 0 };
    const live = await reported("--watchdog", watchdog.url, "--format", "json", "--time-zone", "UTC");
    expect(live.json()).toMatchObject({
      ...{ time_zone: "UTC", rows: [{ orchestrator: "main", model: "large", ...sums }], total: sums },
    });
    // In use, and nobody listens at the usual address.
    const busy = await reported("--history", path);
    expect(busy.stderr + busy.stdout).toMatch(/the watchdog at http:\/\/127\.0\.0\.1:9978/);
    await watchdog.stop();
    const { stdout } = await reported("--history", path);
    expect(stdout).toMatch(
      /MODEL +RUNS +RUNNING +FAILED +DURATION +COST USD\nlarge +2 +1 +1 +\d:\d\d:\d\d +2\.50\n/,
    );
    expect(stdout).toContain("1 run had not ended when last seen");
  });

  it.each([
    [["--since", "soon"], '--since: "soon" is not accepted: now, today, yesterday'],
    [["--since", "1h", "--until", "2h"], "--since must be before --until"],
    [["--time-zone", "Mars"], '--time-zone: "Mars" is not accepted'],
    [["--by", "cost"], '--by: "cost" is not accepted: task, agent'],
    [["--poll-seconds", "1"], "--poll-seconds is a flag of orch-watchdog without a command"],
    [["--history", "/nowhere/history.db"], "there is no file /nowhere/history.db"],
    [["--watchdog", "http://127.0.0.1:1"], "cannot read the watchdog at http://127.0.0.1:1: "],
  ])("refuses %j", async (args, words) => {
    using folder = createFolder();
    const path = folder.file("history.db");
    openAt(path, { now: NOW }).close();
    const isNamed = args.includes("--watchdog") || args.includes("--history");
    const all = [...args, ...(isNamed ? [] : ["--history", path])];
    await expect(async () => report(readConfig(all, {}, "report"))).rejects.toThrow(words);
  });

  it("refuses in one line, with an exit code, and has a help of its own", async () => {
    const { code, stderr } = await runWatchdog(["report", "--since", "soon"]);
    expect(code).toBe(2);
    expectOneLine(stderr, 'orch-watchdog: --since: "soon" is not accepted');
    const help = await runWatchdog(["report", "--help"]);
    for (const flag of ["--since TIME", "--by WHAT", "--format FORMAT", "--time-zone ZONE", "--watchdog URL"])
      expect(help.stdout).toContain(flag);
    expect(help.stdout).not.toContain("--poll-seconds");
  });
});
