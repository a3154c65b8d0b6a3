/** What the watchdog costs: a thousand simulated targets, each polled every 15 s by one process. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Fleet } from "../watchdog/api.ts";
import { load } from "./client.ts";
import { usageOf } from "./programs.ts";

const TARGETS = 1000;
const AGENTS = 10;
const WARM_UP_SECONDS = 60;
const SECONDS = 300;

export async function benchWatchdog(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "orch-metrics-bench-"));
  const history = join(folder, "history.db");
  const children: ChildProcess[] = [];
  const start = async <T>(script: string, ...args: readonly (string | number)[]) => {
    const child = fork(new URL(script, import.meta.url), args.map(String));
    children.push(child);
    return { child, said: await next<T>(child) };
  };
  try {
    const { said: port } = await start<number>("./simulated-targets.ts", AGENTS);
    const { child, said: url } = await start<string>("./watchdog-process.ts", port, TARGETS, history);
    const usage = usageOf(child.pid as number);
    await sleep(WARM_UP_SECONDS * 1000);
    await lateness(child);
    const [cpu, began] = [usage.cpuSeconds(), performance.now()];
    await sleep(SECONDS * 1000);
    const share = (usage.cpuSeconds() - cpu) / ((performance.now() - began) / 1000);
    const late = await lateness(child);
    const page = await load({ port: Number(new URL(url).port), path: "/api/fleet" }, 1, 3);
    const quantile = (q: number) => `${late[Math.floor(q * (late.length - 1))]?.toFixed(0)} ms`;
    console.log(
      `\none watchdog, ${TARGETS} targets with ${AGENTS} agents each, every 15 s, for ${SECONDS} s`,
    );
    console.table({
      "CPU, of a core": `${(share * 100).toFixed(1)} %`,
      "CPU a poll": `${((share * SECONDS * 1000) / late.length).toFixed(2)} ms`,
      "resident memory": `${usage.residentMebibytes().toFixed(0)} MiB`,
      polls: late.length,
      "lateness of a poll, p50": quantile(0.5),
      "lateness, p99": quantile(0.99),
      "lateness, the worst": quantile(1),
      "targets that are up": await countUp(url),
      "its /api/fleet, p50": `${page.p50Milliseconds.toFixed(0)} ms`,
      "history after it": `${(statSync(history).size / 1e6).toFixed(0)} MB`,
      "load of the machine": loadavg()[1]?.toFixed(1),
    });
  } finally {
    for (const child of children) {
      child.kill();
      await once(child, "exit");
    }
    rmSync(folder, { recursive: true });
  }
}

async function next<T>(child: ChildProcess): Promise<T> {
  return ((await once(child, "message")) as [T])[0];
}

/** Of the polls since the last call, in milliseconds, the smallest first. */
function lateness(watchdog: ChildProcess): Promise<readonly number[]> {
  watchdog.send("late");
  return next(watchdog);
}

/** Fewer than there are: the machine has too little left for the watchdog, or for the targets. */
async function countUp(url: string): Promise<number> {
  const fleet = (await (await fetch(`${url}/api/fleet`)).json()) as Fleet;
  return fleet.targets.filter(({ state }) => state === "up").length;
}
