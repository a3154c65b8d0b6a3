/** Fills a history over its full retention time as the watchdog does, and checks it. */
import { statSync } from "node:fs";
import { expect } from "vitest";
import { type History, openHistory } from "../../watchdog/history/history.ts";
import type { Point } from "../../watchdog/history/point.ts";
import { createFolder } from "./support/watchdog.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const BEGIN = Date.UTC(2026, 0, 1);

interface Clock {
  now: number;
}

export const openAt = (
  path: string | null,
  clock: Clock,
  maxBytes = 500e6,
  movedAside: (to: string) => void = () => {},
): History =>
  openHistory({
    movedAside,
    path,
    maxBytes,
    keep: { raw: 6 * HOUR, hour: 90 * DAY },
    now: () => clock.now,
  });

export const point = (at: number, more: Partial<Point> = {}): Point => ({
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

interface Filling {
  readonly until: number;
  /** Minutes between two points. */
  readonly every: number;
  readonly agents: number;
}

/** Writes and maintains points as the watchdog does. */
function fill(history: History, clock: Clock, { until, every, agents: size }: Filling): void {
  const agents = Array.from({ length: size }, (_, index) => ({
    ...point(0).agents[0],
    runId: String(index + 41),
  }));
  for (; clock.now < until; clock.now += every * MINUTE) {
    history.add("main", point(clock.now, { agents: agents as Point["agents"] }));
    if (clock.now % (10 * MINUTE) === 0) history.flush();
    history.maintain();
  }
}

/** Checks thirty days with a point every `every` minutes. */
export function expectLevelsOverThirtyDays(every: number): void {
  using folder = createFolder();
  const clock = { now: BEGIN };
  const history = openAt(folder.file("history.db"), clock);
  fill(history, clock, { until: BEGIN + 30 * DAY, every, agents: 1 });
  const spentIn = (points: readonly Point[]) =>
    points.reduce((sum, { spend }) => sum + (spend?.large ?? 0), 0);
  const pointsADay = (24 * 60) / every;
  const all = history.points("main", BEGIN, clock.now);
  expect(spentIn(all)).toBeCloseTo(30 * pointsADay * 0.05, 0);
  expect(all.length).toBeGreaterThan(30 * 24 - 2);
  expect(all.length).toBeLessThan(1600);
  expect(all.every(({ queued }) => queued === 4)).toBe(true);
  expect(all.map(({ at }) => at)).toEqual(all.map(({ at }) => at).toSorted((a, b) => a - b));
  const lastHour = history.points("main", clock.now - HOUR, clock.now);
  expect(lastHour.length).toBe(60 / every);
  const week = history.points("main", clock.now - 6 * DAY, clock.now);
  expect(spentIn(week)).toBeCloseTo(6 * pointsADay * 0.05, 0);
  history.close();
}

/** Checks that many days with a point a minute, more than the file may hold. */
export function expectUnderItsSize({
  days,
  agents,
  maxBytes,
}: {
  readonly days: number;
  readonly agents: number;
  readonly maxBytes: number;
}): void {
  using folder = createFolder();
  const clock = { now: BEGIN };
  const history = openAt(folder.file("history.db"), clock, maxBytes);
  fill(history, clock, { until: BEGIN + days * DAY, every: 1, agents });
  expect(history.recording.on).toBe(true);
  expect(history.points("main", BEGIN, clock.now)[0]?.at).toBeLessThan(BEGIN + 2 * HOUR);
  expect(history.points("main", clock.now - HOUR, clock.now).length).toBeGreaterThan(50);
  history.close();
  expect(statSync(folder.file("history.db")).size).toBeLessThan(maxBytes);
}
