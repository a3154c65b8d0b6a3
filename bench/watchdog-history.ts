/**
 * Measures the size of the watchdog's history for 20 orchestrators over 90 days, each with ten agents that run for 20
 * minutes. It records without waiting. Before the last eight hours it adds fewer readings than a real watchdog, since
 * the file keeps one point per hour of that time, whatever the number of readings.
 */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { SETTINGS } from "../watchdog/config/settings.ts";
import { type History, openHistory } from "../watchdog/history/history.ts";
import type { Point } from "../watchdog/history/point.ts";
import { VERDICTS } from "../watchdog/judgement/verdict.ts";

const TARGETS = 20;
const AGENTS = 10;
const RUN_MILLISECONDS = 20 * 60_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const FLUSH_MILLISECONDS = 600_000;
const [BEGIN, END] = [Date.UTC(2026, 0, 1), Date.UTC(2026, 3, 1)];

export async function benchWatchdogHistory(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "orch-metrics-bench-"));
  const path = join(folder, "history.db");
  let now = BEGIN;
  const { keepRaw, keepHours, historySize } = SETTINGS;
  const history = openHistory({
    movedAside: () => undefined,
    path,
    maxBytes: historySize.fallback,
    keep: { raw: keepRaw.fallback * 1000, hour: keepHours.fallback * 1000 },
    now: () => now,
  });
  try {
    for (; now < END; now += stepAt(END - now)) {
      for (let target = 0; target < TARGETS; target += 1)
        history.add(`orchestrator-${target}`, pointAt(now, target));
      if (now % RUN_MILLISECONDS === 0) addRuns(history, now);
      if (now % FLUSH_MILLISECONDS === 0) history.flush();
      history.maintain();
    }
    const began = performance.now();
    const points = history.points("orchestrator-7", BEGIN - DAY, END);
    const milliseconds = performance.now() - began;
    const start = performance.now();
    const { total } = history.runs({ from: BEGIN, to: END, by: "task" });
    const runsMilliseconds = performance.now() - start;
    history.close();
    console.log(`\nHistory of ${TARGETS} orchestrators with ${AGENTS} agents each, over 90 days`);
    console.table({
      size: `${(statSync(path).size / 1e6).toFixed(0)} MB`,
      "reaches back": `${((END - (points[0]?.at ?? END)) / DAY).toFixed(1)} days`,
      "reading one orchestrator": `${milliseconds.toFixed(0)} ms for ${points.length} points`,
      "sums of all runs": `${runsMilliseconds.toFixed(0)} ms for ${total.runs} runs`,
      "size of the runs": sizeOfRuns(path),
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function sizeOfRuns(path: string): string {
  const database = new Database(path, { readonly: true });
  const size = database
    .prepare("SELECT sum(pgsize) FROM dbstat WHERE name LIKE 'runs%' OR name LIKE '%words%'")
    .pluck();
  const bytes = size.get() as number;
  database.close();
  return `${(bytes / 1e6).toFixed(0)} MB`;
}

/** All runs end at the same time. */
function addRuns(history: History, now: number): void {
  const random = (below: number) => Math.floor(Math.random() * below);
  const firstRun = 100_000 + Math.floor(now / RUN_MILLISECONDS - 1) * TARGETS * AGENTS;
  for (let index = 0; index < TARGETS * AGENTS; index += 1)
    history.addRun(`orchestrator-${Math.floor(index / AGENTS)}`, {
      ...{ epoch: "0123abcd", runId: String(firstRun + index), isFinished: true, exitCode: 0 },
      ...{ at: now, startedAt: now - RUN_MILLISECONDS, taskId: String(50_000 + random(9_000)) },
      ...{ workItem: `ORCH-${random(9_000)}`, agent: "developer", model: "model-large-2026-01-01" },
      ...{ costUsd: random(3e6) / 1e6, tokensIn: random(5e6), tokensOut: random(50_000) },
    });
}

function stepAt(untilEnd: number): number {
  return untilEnd <= 8 * HOUR ? 15_000 : untilEnd <= 8 * DAY ? 60_000 : 300_000;
}

function pointAt(at: number, target: number): Point {
  const random = Math.random;
  const firstRun = 100_000 + Math.floor(at / RUN_MILLISECONDS) * TARGETS * AGENTS + target * AGENTS;
  return {
    at,
    queued: Math.floor(random() * 40),
    oldestQueuedSeconds: random() * 900,
    running: AGENTS,
    attempts: Math.floor(at / 60_000),
    done: Math.floor(at / 60_000),
    exhausted: 12,
    unpriced: 3,
    spend: { "model-large-2026-01-01": random() / 10, "model-small-2026-01-01": random() / 100 },
    spendSeconds: 60,
    agents: Array.from({ length: AGENTS }, (_, index) => ({
      runId: String(firstRun + index),
      cpu: random(),
      childrenCpu: random() * 4,
      switches: random() * 500,
      verdict: VERDICTS[Math.floor(random() * 5)] ?? "working",
    })),
  };
}
