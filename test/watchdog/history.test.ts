/** The history's file: what outlives a kill, a full disk and time. */
import { execFileSync } from "node:child_process";
import { statSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { openHistory } from "../../watchdog/history/history.ts";
import type { Point } from "../../watchdog/history/point.ts";
import { toAgentSeries, toSeries } from "../../watchdog/history/series.ts";
import { eventually } from "../support/service.ts";
import { cost, startFakeTarget } from "./support/fake-target.ts";
import { createFolder, startWatchdog } from "./support/watchdog.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describe("the history of a running watchdog", () => {
  it("outlives kill -9, with what was spent today", async () => {
    using folder = createFolder();
    await using target = await startFakeTarget(cost(1, { large: 10 }));
    const args = ["--target", `main=${target.url}`, "--history", folder.file("history.db")];
    const first = await startWatchdog(args);
    const read = async () => (await first.summary("main")).spentTodayUsd === 0;
    await eventually("it is read", read);
    target.envelope = { ...cost(2, { large: 12 }), queue: { counts: { queued: 5 } } };
    await eventually(
      "two are spent",
      async () => Math.round((await first.summary("main")).spentTodayUsd ?? 0) === 2,
    );
    // Its points are written every ten seconds.
    const written = () => statSync(folder.file("history.db-wal")).mtimeMs;
    const before = written();
    await eventually("the file is written", () => written() > before, 15);
    await first.stop("SIGKILL");
    target.envelope = cost(3, { large: 15 });
    await using second = await startWatchdog(args);
    await eventually("it is read", async () => (await second.summary("main")).state === "up");
    const spent = async () => Math.round((await second.summary("main")).spentTodayUsd ?? 0);
    await eventually("what was spent meanwhile is counted", async () => (await spent()) === 5);
    const series = await second.series("main");
    expect(series.queued).toContain(5);
    expect(series.times.length).toBeGreaterThan(5);
  });

  it("says that it records nothing on a full disk, watches and alerts on, and recovers", async () => {
    using folder = createFolder();
    await using target = await startFakeTarget(cost(1, { large: 10 }));
    writeFileSync(
      folder.file("thresholds.yaml"),
      "alerts: { resolve_after_seconds: 0 }\nrules: { recording-stopped: { for_seconds: 0 }, breaker-open: { for_seconds: 0 } }",
    );
    await using watchdog = await startWatchdog([
      ...["--target", `main=${target.url}`, "--history", folder.file("history.db")],
      ...["--thresholds", folder.file("thresholds.yaml")],
    ]);
    await eventually("it records", async () => (await watchdog.fleet()).recording.on);
    const limit = (size: string) =>
      execFileSync("prlimit", ["--pid", String(watchdog.child.pid), `--fsize=${size}:unlimited`]);
    // No file may grow from here on: what a full disk does to a program.
    limit("1");
    await eventually("it says so", async () => !(await watchdog.fleet()).recording.on, 20);
    expect((await watchdog.fleet()).recording.note).toContain("nothing is recorded since");
    await eventually(
      "an alert says so",
      async () => (await watchdog.alert("recording-stopped"))?.state === "firing",
    );
    target.envelope = { queue: { breakers: { items: [{ name: "api", state: "open" }] } } };
    await eventually("it alerts", async () => (await watchdog.alert("breaker-open"))?.state === "firing");
    await eventually("the log has it", () =>
      watchdog.log().some(({ alert }) => alert?.rule === "breaker-open"),
    );
    limit("unlimited");
    await eventually("it records again", async () => (await watchdog.fleet()).recording.on, 20);
    await eventually("the alert ends", async () => (await watchdog.alert("recording-stopped")) === undefined);
    expect(await watchdog.stop()).toBe(0);
    await using again = await startWatchdog([
      ...["--target", `main=${target.url}`, "--history", folder.file("history.db")],
    ]);
    expect((await again.alert("breaker-open"))?.state).toBe("firing");
  }, 120_000);
});

describe("the history", () => {
  const open = (path: string | null, clock: { now: number }, maxBytes = 500e6) =>
    openHistory({
      path,
      maxBytes,
      keep: { 0: 6 * HOUR, 1: 7 * DAY, 2: 90 * DAY },
      now: () => clock.now,
    });

  const point = (at: number, more: Partial<Point> = {}): Point => ({
    at,
    queued: 4,
    oldestQueuedSeconds: 30,
    running: 2,
    attempts: 100,
    done: 80,
    exhausted: 1,
    unpriced: 0,
    spend: { large: 0.05, small: 0.01 },
    spendSeconds: 60,
    agents: [{ runId: "41", cpu: 0.25, childrenCpu: 1.5, switches: 12.5, verdict: "working" }],
    ...more,
  });

  /** One point a minute, written and maintained as the watchdog does it. */
  function fill(history: ReturnType<typeof open>, clock: { now: number }, until: number, size = 1): void {
    const agents = Array.from({ length: size }, (_, index) => ({
      ...point(0).agents[0],
      runId: String(index + 41),
    }));
    for (; clock.now < until; clock.now += 60_000) {
      history.add("main", point(clock.now, { agents: agents as Point["agents"] }));
      if (clock.now % (10 * 60_000) === 0) history.flush();
      history.maintain();
    }
  }

  it("gives a point back as it was", () => {
    const clock = { now: Date.UTC(2026, 0, 31, 12) };
    const history = open(null, clock);
    history.add("main", point(clock.now));
    history.add("main", { at: clock.now + 1000, agents: [] });
    expect(history.flush()).toBe(true);
    expect(history.points("main", clock.now, clock.now + 2000)).toEqual([
      point(clock.now),
      { at: clock.now + 1000, agents: [] },
    ]);
    history.close();
  });

  it("keeps readings for hours, minutes for days, hours for months, and no sum of money is lost", () => {
    using folder = createFolder();
    const begin = Date.UTC(2026, 0, 1);
    const clock = { now: begin };
    const history = open(folder.file("history.db"), clock);
    fill(history, clock, begin + 30 * DAY);
    const all = history.points("main", begin, clock.now);
    const spent = all.reduce((sum, { spend }) => sum + (spend?.large ?? 0), 0);
    expect(spent).toBeCloseTo(30 * 24 * 60 * 0.05, 0);
    expect(all.length).toBeGreaterThan(30 * 24 - 2);
    expect(all.length).toBeLessThan(1600);
    expect(all.every(({ queued }) => queued === 4)).toBe(true);
    expect(all.map(({ at }) => at)).toEqual(all.map(({ at }) => at).toSorted((a, b) => a - b));
    const lastHour = history.points("main", clock.now - HOUR, clock.now);
    expect(lastHour.length).toBe(60);
    const week = history.points("main", clock.now - 6 * DAY, clock.now);
    expect(week.reduce((sum, { spend }) => sum + (spend?.large ?? 0), 0)).toBeCloseTo(6 * 24 * 60 * 0.05, 0);
    history.close();
  }, 120_000);

  it("stays under its size, and gives up the oldest of the finest first", () => {
    using folder = createFolder();
    const begin = Date.UTC(2026, 0, 1);
    const clock = { now: begin };
    const history = open(folder.file("history.db"), clock, 4e6);
    fill(history, clock, begin + 10 * DAY, 60);
    expect(history.recording.on).toBe(true);
    expect(history.points("main", begin, clock.now)[0]?.at).toBeLessThan(begin + 2 * HOUR);
    expect(history.points("main", clock.now - HOUR, clock.now).length).toBeGreaterThan(50);
    history.close();
    expect(statSync(folder.file("history.db")).size).toBeLessThan(4e6);
  }, 120_000);

  it("draws gaps where nothing was read, and bands of verdicts", () => {
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
