/** Measures the watchdog's cost: one process polls a thousand simulated targets every 15 s. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Fleet } from "../watchdog/api.ts";
import { openScraper, quantile } from "./client.ts";
import { usageOf } from "./programs.ts";

const TARGETS = 1000;
const AGENTS = 10;
const WARM_UP_SECONDS = 60;
const SECONDS = 300;

export async function benchWatchdog(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "orch-metrics-bench-"));
  const history = join(folder, "history.db");
  const targets = fork(new URL("./simulated-targets.ts", import.meta.url), [String(AGENTS)]);
  const port = await next<number>(targets);
  const settings = [port, TARGETS, history].map(String);
  const watchdog = fork(new URL("./watchdog-process.ts", import.meta.url), settings);
  const url = await next<string>(watchdog);
  const usage = usageOf(watchdog.pid as number);
  try {
    await sleep(WARM_UP_SECONDS * 1000);
    await lateness(watchdog);
    const before = usage.cpuSeconds();
    await sleep(SECONDS * 1000);
    const cpu = usage.cpuSeconds() - before;
    const late = await lateness(watchdog);
    using page = openScraper(Number(new URL(url).port), "/api/fleet");
    const pages: number[] = [];
    while (pages.length < 50) pages.push(await page.get());
    const { targets: seen } = (await (await fetch(`${url}/api/fleet`)).json()) as Fleet;
    const lateAt = (share: number) => `${quantile(late, share).toFixed(0)} ms`;
    console.log(
      `\nA watchdog that polls ${TARGETS} targets with ${AGENTS} agents each every 15 s, for ${SECONDS} s`,
    );
    console.table({
      "CPU, of a core": `${((100 * cpu) / SECONDS).toFixed(1)} %`,
      "CPU a poll": `${((1000 * cpu) / late.length).toFixed(2)} ms`,
      PSS: `${usage.pssMebibytes().toFixed(0)} MiB`,
      polls: late.length,
      "lateness of a poll, p50": lateAt(0.5),
      "lateness, p99": lateAt(0.99),
      "lateness, the worst": lateAt(1),
      // Fewer than there are means that the machine is too slow for the watchdog or the targets.
      "targets that are up": seen.filter(({ state }) => state === "up").length,
      "its /api/fleet, p50": `${quantile(
        pages.toSorted((a, b) => a - b),
        0.5,
      ).toFixed(0)} ms`,
      "history after it": `${(statSync(history).size / 1e6).toFixed(0)} MB`,
    });
  } finally {
    targets.kill();
    watchdog.kill();
    await Promise.all([once(targets, "exit"), once(watchdog, "exit")]);
    rmSync(folder, { recursive: true });
  }
}

const next = async <T>(child: ChildProcess) => ((await once(child, "message")) as [T])[0];

/** Resolves with the lateness of the polls since the last call, in sorted milliseconds. */
function lateness(watchdog: ChildProcess): Promise<readonly number[]> {
  watchdog.send("late");
  return next(watchdog);
}
