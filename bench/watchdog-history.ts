/**
 * The size of the watchdog's history: 20 orchestrators over 90 days as it would record them, without the waiting. Each always
 * runs ten agents, for 20 minutes each, so that 1.3 million runs pass.
 *
 * Every reading of the last eight hours is there. Before, one a minute for eight days, and one in five minutes until then:
 * what the file holds of these times is one point a minute or an hour, however many readings it was made of.
 */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SETTINGS } from "../watchdog/config/settings.ts";
import { openHistory } from "../watchdog/history/history.ts";
import type { Point } from "../watchdog/history/point.ts";
import { VERDICTS } from "../watchdog/judgement/verdict.ts";

const TARGETS = 20;
const AGENTS = 10;
const RUN_MILLISECONDS = 20 * 60_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const DAYS = 90;
const FLUSH_MILLISECONDS = 600_000;

export async function benchWatchdogHistory(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "orch-metrics-bench-"));
  try {
    measure(join(folder, "history.db"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function measure(path: string): void {
  const begin = Date.UTC(2026, 0, 1);
  const end = begin + DAYS * DAY;
  let now = begin;
  const { keepRaw, keepMinutes, keepHours, historySize } = SETTINGS;
  const history = openHistory({
    path,
    maxBytes: historySize.fallback,
    keep: { 0: keepRaw.fallback * 1000, 1: keepMinutes.fallback * 1000, 2: keepHours.fallback * 1000 },
    now: () => now,
  });
  const began = performance.now();
  let points = 0;
  for (let flushed = now; now < end; now += stepAt(end - now)) {
    for (let target = 0; target < TARGETS; target += 1)
      history.add(`orchestrator-${target}`, pointAt(now, target));
    points += TARGETS;
    if (now - flushed >= FLUSH_MILLISECONDS) {
      history.flush();
      flushed = now;
    }
    history.maintain();
  }
  history.flush();
  const milliseconds = (performance.now() - began) / points;
  const timed = (from: number) => {
    const beganReading = performance.now();
    const { length } = history.points("orchestrator-7", from, end);
    return `${(performance.now() - beganReading).toFixed(0)} ms for ${length} points`;
  };
  const oldest = history.points("orchestrator-7", begin - DAY, end)[0]?.at ?? end;
  const table = {
    "the last six hours": timed(end - 6 * HOUR),
    "the last week": timed(end - 7 * DAY),
    "all of it": timed(begin),
    "it reaches back": `${((end - oldest) / DAY).toFixed(1)} days`,
    "a point, written and merged": `${milliseconds.toFixed(3)} ms`,
  };
  history.close();
  const bytes = statSync(path).size;
  console.log(`\nhistory of ${TARGETS} orchestrators with ${AGENTS} agents each, over ${DAYS} days`);
  console.table({ "the file": `${(bytes / 1e6).toFixed(0)} MB`, ...table });
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
