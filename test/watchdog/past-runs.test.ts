/** Past runs: what the history keeps of them, and what the report prints. */
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { GetMetricsResponseSchema } from "../../client/index.ts";
import type { RunsRow } from "../../watchdog/api.ts";
import { readConfig } from "../../watchdog/config/settings.ts";
import { parseTime } from "../../watchdog/report/period.ts";
import { report } from "../../watchdog/report/report.ts";
import { toCsv, toJson, toTable } from "../../watchdog/report/text.ts";
import { createRunLog } from "../../watchdog/targets/run-log.ts";
import { eventually } from "../support/service.ts";
import { openAt } from "./long-history.ts";
import { expectOneLine } from "./refusals.ts";
import { type EnvelopeInit, startFakeTarget } from "./support/fake-target.ts";
import { createFolder, runWatchdog, watchInProcess } from "./support/watchdog.ts";

const NOW = Date.UTC(2026, 10, 26, 12);
const MINUTE = 60_000;
const at = (minutes: number) => timestampFromMs(NOW + minutes * MINUTE);
const timeText = (minutes: number) => new Date(NOW + minutes * MINUTE).toISOString().replace(".000", "");
const EVER = { from: 0, to: NOW * 2, by: "run" } as const;

const envelope = (agents: EnvelopeInit["agents"], more: EnvelopeInit = {}) =>
  create(GetMetricsResponseSchema, { sourceEpoch: "one", ...more, agents: agents as object });

const priced = (costUsd: number) => ({ runs: 1, pricedRuns: 1, costUsd });

/** Returns the runs that a history has after these envelopes, a minute apart. */
function kept(
  envelopes: readonly ReturnType<typeof envelope>[],
  by: "run" | "task" = "run",
): readonly RunsRow[] {
  const clock = { now: NOW };
  const history = openAt(null, clock);
  const log = createRunLog();
  for (const each of envelopes) {
    clock.now += MINUTE;
    for (const run of log.changes(each, clock.now)) history.addRun("main", run);
    history.flush();
  }
  const { rows } = history.runs({ ...EVER, by });
  history.close();
  return rows;
}

describe("the history of runs", () => {
  const running = { runId: "1", agent: "developer", startedAt: at(-9), usage: priced(1) };
  const finished = { ...running, model: "large", finishedAt: at(1), exitCode: 0, usage: priced(2.5) };

  it("updates a run that runs, then finishes, then gets its cost", () => {
    const { usage: _, ...unpriced } = finished;
    const rows = kept([
      envelope({ running: [{ ...running, usage: {} }] }),
      envelope({ finished: [unpriced] }),
      envelope({ finished: [finished] }),
    ]);
    expect(rows).toEqual([
      {
        ...{ run: "1", orchestrator: "main", task: null, agent: "developer", model: "large" },
        ...{ outcome: "ok", exit_code: 0, started_at: timeText(-9), ended_at: timeText(1) },
        ...{ duration_seconds: 600, tokens_in: null, tokens_out: null, cost_usd: 2.5 },
      },
    ]);
  });

  it("keeps a run as it was last seen after the source deletes it", () => {
    const [row] = kept([envelope({ running: [running] }), envelope({}), envelope({ finished: [] })]);
    expect(row).toMatchObject({ outcome: "unfinished", cost_usd: 1, ended_at: timeText(1) });
  });

  it("adds up the tokens of each kind, and ignores values that are not finite", () => {
    const usage = { inputTokens: 1, cacheReadTokens: 20, cacheCreationTokens: 300, outputTokens: 4 };
    const [row] = kept([envelope({ running: [{ ...running, usage }] })]);
    expect(row).toMatchObject({ tokens_in: 321, tokens_out: 4 });
    const infinite = { ...usage, inputTokens: Number.NaN, costUsd: Number.POSITIVE_INFINITY };
    const [other] = kept([envelope({ running: [{ ...running, usage: infinite }] })]);
    expect(other).toMatchObject({
      ...{ tokens_in: 320, tokens_out: 4, cost_usd: null },
    });
  });

  it("names a task by its work item, which the source lists only while the task is active", () => {
    const stages = { tasks: [{ id: "7", workItem: "ORCH-7" }] };
    const rows = kept(
      [
        envelope({ finished: [{ ...finished, runId: "0", taskId: "7", exitCode: 3 }] }),
        envelope({ running: [{ ...running, taskId: "7" }] }, { stages }),
        envelope({ finished: [{ ...finished, taskId: "7" }] }),
      ],
      "task",
    );
    expect(rows).toMatchObject([{ task: "ORCH-7", runs: 2, unfinished: 0, failed: 1, cost_usd: 5 }]);
  });

  it("distinguishes runs of a replaced database, but not of a restored one", () => {
    const one = envelope({ finished: [finished] });
    const restored = envelope({ finished: [finished] }, { sourceEpoch: "two" });
    const replaced = envelope({ finished: [{ ...finished, startedAt: at(0) }] }, { sourceEpoch: "three" });
    expect(kept([one, restored])).toHaveLength(1);
    expect(kept([one, replaced])).toHaveLength(2);
    const both = envelope({ finished: [finished] }, { sourceEpoch: "three" });
    expect(kept([one, replaced, both])).toHaveLength(1);
  });

  it("stores no time that cannot be a date, and no end in the future", () => {
    const startedAt = { seconds: 2n ** 60n, nanos: 0 };
    const [row] = kept([envelope({ finished: [{ runId: "1", startedAt, finishedAt: at(999) }] })]);
    expect(row).toMatchObject({ started_at: null, ended_at: timeText(1), outcome: "ended", cost_usd: null });
  });

  it("limits the rows but not the total", () => {
    const history = openAt(null, { now: NOW });
    const run = (id: number, end: number) =>
      history.addRun("main", { epoch: "1", runId: `${id}`, isFinished: true, at: end, costUsd: 0.1 });
    for (let id = 0; id <= 10_001; id += 1) run(id, NOW + id);
    const { rows, total, isCut } = history.runs(EVER);
    expect([rows.length, isCut]).toEqual([10_000, true]);
    expect(total).toMatchObject({ runs: 10_002, cost_usd: 1_000.2 });
    const models = history.runs({ ...EVER, by: "model" });
    expect(models.rows).toEqual([{ model: null, orchestrator: "main", ...total }]);
    run(0, NOW * 1.5);
    const after = history.runs(EVER);
    expect(after.rows[0]).toMatchObject({ run: "0" });
    expect(after.total).toEqual(total);
    history.close();
  });

  it("keeps IDs as the source writes them", () => {
    const ids = ["7", "007", "7.0", "-7", "9223372036854775807", "9223372036854775808"];
    const listed = (usage: object) => ids.map((id) => ({ ...finished, runId: id, taskId: id, usage }));
    const rows = kept([1, 2].map((cost) => envelope({ finished: listed(priced(cost)) })));
    expect(rows.map(({ run }) => run).toSorted()).toEqual(ids.toSorted());
    expect(rows.every(({ run, task }) => run === task)).toBe(true);
  });

  it("removes runs that are too old, and the names that only they have", () => {
    using folder = createFolder();
    const clock = { now: NOW };
    const history = openAt(folder.file("history.db"), clock);
    const run = { epoch: "1", isFinished: true, agent: "developer" };
    history.addRun("main", { ...run, runId: "1", at: NOW });
    history.addRun("main", { ...run, runId: "2", at: NOW + 20 * 60 * MINUTE });
    history.add("main", { at: NOW, agents: [] });
    const left = (hours: number) => {
      clock.now = NOW + (90 * 24 + hours) * 60 * MINUTE;
      history.flush();
      history.maintain();
      return history.runs(EVER).rows;
    };
    expect(left(10)).toMatchObject([{ run: "2", orchestrator: "main", agent: "developer" }]);
    expect(left(60)).toEqual([]);
    history.close();
    const database = new Database(folder.file("history.db"));
    expect(database.prepare("SELECT word FROM words").all()).toEqual([]);
    database.close();
  });
});

describe("a time on the command line", () => {
  // A Thursday, in this machine's time zone.
  const now = new Date(2026, 10, 26, 14, 30).getTime();
  it.each([
    ["now", now],
    ["today", new Date(2026, 10, 26).getTime()],
    ["yesterday", new Date(2026, 10, 25).getTime()],
    ["12h", now - 12 * 60 * MINUTE],
    ["7d", now - 7 * 24 * 60 * MINUTE],
    ["2026-01-15", new Date(2026, 0, 15).getTime()],
    ["2026-07-15T22:30", new Date(2026, 6, 15, 22, 30).getTime()],
    ["2026-07-15T22:30Z", Date.UTC(2026, 6, 15, 22, 30)],
    ["2026-07-15T22:30-05:00", Date.UTC(2026, 6, 16, 3, 30)],
    ["2026-02-30", undefined],
    ["2026-07-15T25:00", undefined],
    ["last week", undefined],
  ])("%j", (text, expected) => {
    expect(parseTime(text, now)).toBe(expected);
  });
});

describe("the report's formats", () => {
  const nasty = '=HYPERLINK("http://x")\x1b[2J\u202e';
  const row = { orchestrator: "main", runs: 1, failed: 0, tokens_in: null };
  const rows = [
    { task: nasty, ...row, duration_seconds: 3_725, cost_usd: 0.1234 },
    { task: null, ...row, runs: 1_200, duration_seconds: null, cost_usd: null },
  ];
  const total = { runs: 1_201, failed: 0, duration_seconds: 3_725, cost_usd: 0.1234 };

  it("quote CSV, and print neither formulas nor control characters", () => {
    expect(toCsv({ rows }).split("\n")).toEqual([
      "task,orchestrator,runs,failed,tokens_in,duration_seconds,cost_usd",
      `"'=HYPERLINK(""http://x"")\\x1b[2J\\u202e","main",1,0,,3725,0.1234`,
      `,"main",1200,0,,,`,
      "",
    ]);
    for (const start of ["+1", "-1", "@x", " =1"])
      expect(toCsv({ rows: [{ task: start }] })).toBe(`task\n"'${start}"\n`);
    const json = toJson({ rows: [{ task: "\x1b\x9b" }], total }, 0, 1_000);
    expect(json).not.toMatch(/(?!\n)\p{Cc}/u);
    expect(JSON.parse(json)).toEqual({
      ...{ from: "1970-01-01T00:00:00.000Z", to: "1970-01-01T00:00:01.000Z" },
      ...{ rows: [{ task: "\x1b\x9b" }], total },
    });
  });

  it("show a table with its total, without columns that have no values", () => {
    expect(toTable({ rows, total }, 0, 1).split("\n").slice(2)).toEqual([
      "TASK                                  RUNS  FAILED   DURATION   COST",
      '=HYPERLINK("http://x")\\x1b[2J\\u202e      1       0  1 h 2 min  $0.12',
      "–                                    1,200       0          –      –",
      "total                                1,201       0  1 h 2 min  $0.12",
      "",
    ]);
  });
});

describe("orch-watchdog report", () => {
  it("prints the runs of a running watchdog, and refuses what it cannot answer", async () => {
    const now = Date.now();
    const run = { runId: "1", model: "large", startedAt: timestampFromMs(now - 65_000), usage: priced(1.25) };
    const ended = { ...run, runId: "2", finishedAt: timestampFromMs(now - 5_000), exitCode: 1 };
    await using target = await startFakeTarget({ agents: { running: [run], finished: [ended] } });
    await using watchdog = await watchInProcess(["--target", `main=${target.url}`, "--history", "none"]);
    await eventually("it is read", async () => (await watchdog.summary("main")).agents === 1);
    const args = ["--since", "1h", "--by", "model", "--watchdog", watchdog.url];
    const { stdout, stderr } = await runWatchdog(["report", ...args]);
    expect(stdout).toMatch(
      /^MODEL +RUNS +UNFINISHED +FAILED +DURATION +COST +UNPRICED RUNS\nlarge +2 +1 +1 +2 min( \d+ s)? +\$2\.50 +0\ntotal +2/m,
    );
    expectOneLine(stderr, "orch-watchdog: history: it was started without a history file");
    for (const query of ["from=0&to=1", "from=0&to=1&by=cost", "from=1&to=0&by=task"])
      expect((await watchdog.get(`/api/runs?${query}`)).status).toBe(400);
  });

  it.each([
    [["--since", "1h", "--until", "2h"], "--since must be before --until"],
    [["--since", "2099-01-01"], "--since must be before --until"],
    [["--watchdog", "http://127.0.0.1:1"], "cannot read the watchdog at http://127.0.0.1:1: "],
  ])("refuses %j", async (args, words) => {
    const config = readConfig(args, {}, ["watchdog", "since", "until"]);
    await expect(report(config)).rejects.toThrow(words);
  });

  it("refuses an unknown time in one line, with exit code 2", async () => {
    const { code, stderr } = await runWatchdog(["report", "--since", "soon"]);
    expect(code).toBe(2);
    expectOneLine(stderr, 'orch-watchdog: --since: invalid value "soon": use now, today, yesterday');
  });
});
