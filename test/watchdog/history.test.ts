/** The history's file: what survives a kill, a full disk and time. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { bucket, type Point } from "../../watchdog/history/point.ts";
import { toAgentSeries, toSeries } from "../../watchdog/history/series.ts";
import { eventually } from "../support/service.ts";
import { expectLevelsOverThirtyDays, expectUnderItsSize, openAt, point } from "./long-history.ts";
import { expectToOutliveKill } from "./outlives-kill.ts";
import { startFakeTarget } from "./support/fake-target.ts";
import { createFolder, watchInProcess } from "./support/watchdog.ts";

describe("the history of a running watchdog", () => {
  it("survives kill -9, including today's spending", async () => {
    // Points within a tenth of a second are merged. These are further apart.
    await expectToOutliveKill([], { pollSeconds: 0.5, tickMilliseconds: 50, flushMilliseconds: 200 });
  });

  it("is not recorded while its file is missing", async () => {
    using folder = createFolder();
    const path = folder.file("history.db");
    await using target = await startFakeTarget();
    await using watchdog = await watchInProcess(["--target", `main=${target.url}`, "--history", path]);
    const recording = async () => (await watchdog.fleet()).recording;
    await target.polls();
    renameSync(path, `${path}.gone`);
    await eventually("it is reported", async () => !(await recording()).on);
    expect((await recording()).note).toContain("the file was removed: put it back");
    renameSync(`${path}.gone`, path);
    await eventually("it is recorded again", async () => (await recording()).on);
  });
});

describe("the history", () => {
  it("keeps the spending of two readings within a tenth of a second", () => {
    using folder = createFolder();
    const clock = { now: Date.UTC(2026, 0, 31, 12) };
    const history = openAt(folder.file("history.db"), clock);
    for (const offset of [0, 20, 40]) history.add("main", point(clock.now + offset));
    history.flush();
    history.add("main", point(clock.now + 60));
    history.close();
    const again = openAt(folder.file("history.db"), clock);
    const points = again.points("main", clock.now, clock.now + 1000);
    const spent = (model: string) => points.reduce((sum, { spend }) => sum + (spend?.[model] ?? 0), 0);
    expect(spent("large")).toBeCloseTo(0.2);
    expect(spent("small")).toBeCloseTo(0.04);
    again.close();
  });

  it("of 0.1.0 is moved aside and replaced, and both the log and the page report it", async () => {
    using folder = createFolder();
    const path = folder.file("history.db");
    const recorded = readFileSync(new URL("../compatibility/0.1.0/history.db", import.meta.url));
    const settings = ["--target", "main=http://127.0.0.1:2", "--history", path];
    for (const name of ["history.db.version-2", "history.db.version-2.old"]) {
      writeFileSync(path, recorded);
      await using watchdog = await watchInProcess(settings);
      const { recording } = await watchdog.fleet();
      expect(recording).toMatchObject({ on: true, note: expect.stringContaining("was renamed") });
      expect(JSON.stringify(recording)).not.toContain(folder.path);
      expect(watchdog.log()).toContainEqual(expect.objectContaining({ to: folder.file(name) }));
      expect(readFileSync(folder.file(name)).equals(recorded)).toBe(true);
    }
    await using again = await watchInProcess(settings);
    expect((await again.fleet()).recording.note).toBeUndefined();
  });

  it("of a newer version is moved aside with the contents of its write-ahead log", () => {
    using folder = createFolder();
    const path = folder.file("history.db");
    const clock = { now: Date.UTC(2026, 0, 31, 12) };
    openAt(path, clock).close();
    // If a process ends without closing the file, its last commits are only in the write-ahead log.
    const write = `const db = new (require("better-sqlite3"))(${JSON.stringify(path)}); db.pragma("user_version = 9"); process.kill(process.pid, "SIGKILL")`;
    spawnSync(process.execPath, ["-e", write]);
    expect(existsSync(`${path}-wal`)).toBe(true);
    const moved: string[] = [];
    openAt(path, clock, undefined, (to) => moved.push(to)).close();
    expect(moved).toEqual([`${path}.version-9`]);
    const old = new Database(moved[0]);
    expect(old.pragma("user_version", { simple: true })).toBe(9);
    old.close();
  });

  it("of another program is rejected", () => {
    using folder = createFolder();
    const path = folder.file("theirs.db");
    const theirs = new Database(path);
    theirs.exec("CREATE TABLE t (x); PRAGMA user_version = 2");
    theirs.close();
    expect(() => openAt(path, { now: 0 })).toThrow(/another program's database: choose another/);
    expect(existsSync(path)).toBe(true);
  });

  it("counts each reading once, either raw or in its hour, wherever a range begins", () => {
    using folder = createFolder();
    const clock = { now: Date.UTC(2026, 0, 31, 0) };
    const history = openAt(folder.file("history.db"), clock);
    const begin = clock.now;
    for (; clock.now < begin + 12 * 3_600_000; clock.now += 60_000) {
      history.add("main", point(clock.now));
      history.flush();
      history.maintain();
    }
    const spent = (points: readonly Point[]) =>
      points.reduce((sum, { spend }) => sum + (spend?.large ?? 0), 0);
    for (const hours of [0, 5, 6, 7, 10, 11]) {
      const cut = begin + hours * 3_600_000 + 1;
      const before = history.points("main", begin - 1, cut, "hour");
      const after = history.points("main", cut, clock.now, "raw");
      expect(spent(before) + spent(after)).toBeCloseTo(12 * 60 * 0.05);
    }
    history.close();
  });

  it("returns a point unchanged", () => {
    const clock = { now: Date.UTC(2026, 0, 31, 12) };
    const history = openAt(null, clock);
    history.add("main", point(clock.now));
    history.add("main", { at: clock.now + 1000, agents: [] });
    expect(history.flush()).toBe(true);
    expect(history.points("main", clock.now, clock.now + 2000)).toEqual([
      point(clock.now),
      { at: clock.now + 1000, agents: [] },
    ]);
    history.close();
  });

  it("keeps raw readings for hours and hourly points for months, without losing spending", () => {
    expectLevelsOverThirtyDays(20);
  });

  it("stays under its size limit, and drops the oldest raw readings first", () => {
    expectUnderItsSize({ days: 2, agents: 40, maxBytes: 1e6 });
  });

  it("leaves gaps in the series between readings that are far apart, and returns bands of verdicts", () => {
    const at = (minute: number) => minute * 60_000;
    const points = [
      ...[0, 1, 2].map((minute) => point(at(minute))),
      point(at(3), { agents: [{ ...point(0).agents[0], verdict: "hung" } as Point["agents"][number]] }),
      ...[30, 31, 32].map((minute) => point(at(minute))),
    ];
    const series = toSeries(points);
    expect(series.times).toEqual([0, 1, 2, 3, 4, 30, 31, 32].map(at));
    expect(series.queued).toEqual([4, 4, 4, 4, null, 4, 4, 4]);
    expect(series.spendByModel.large?.[0]).toBeCloseTo(3);
    expect(toAgentSeries(points, "41").bands).toEqual([
      { from: at(0), to: at(3), verdict: "working" },
      { from: at(3), to: at(4), verdict: "hung" },
      { from: at(30), to: at(32), verdict: "working" },
    ]);
    expect(toAgentSeries(points, "42").times).toEqual([]);
  });
});

describe("an agent's points", () => {
  const agent = { runId: "1", cpu: 0, childrenCpu: 0, switches: 1, verdict: "hung" } as const;
  const points: Point[] = [
    { at: 1_000, agents: [{ ...agent, cause: "child", idle: 20 }] },
    { at: 2_000, agents: [{ ...agent, cause: "child", idle: 21 }] },
    { at: 3_000, agents: [{ ...agent, cause: "peer", idle: 22 }] },
  ];

  it("show the time without progress and the cause as bands", () => {
    const series = toAgentSeries(points, "1");
    expect(series.idle).toEqual([20, 21, 22]);
    expect(series.bands).toEqual([
      { from: 1_000, to: 3_000, verdict: "hung", cause: "child" },
      { from: 3_000, to: 3_000, verdict: "hung", cause: "peer" },
    ]);
  });

  it("keep both in points of a minute, and neither in the more numerous points of an hour", () => {
    expect(bucket(points, 60_000)[0]?.agents[0]).toMatchObject({ cause: "peer", idle: 22 });
    expect(bucket(points, 3_600_000)[0]?.agents).toEqual([agent]);
  });
});
