/**
 * `npm run bench:scenarios`: every scenario at its real pace, some fifteen minutes, with python3, curl and root. Prints the
 * table; `--record` renews the traces in test/scenarios/traces.
 */
import { rmSync } from "node:fs";
import type { AgentReading } from "../../watchdog/judgement/reading.ts";
import { withPrograms } from "./programs.ts";
import { faults, report } from "./report.ts";
import { SCENARIOS } from "./scenarios.ts";
import { runScenarios } from "./suite.ts";
import { REAL } from "./timing.ts";
import { writeTrace } from "./trace.ts";

const TRACES = new URL("./traces/", import.meta.url).pathname;

const readings = new Map<string, AgentReading[]>();
const stop = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => stop.abort(new Error(name)));
const outcomes = await runScenarios([...SCENARIOS, ...withPrograms()], REAL, {
  onReading: ({ name }, reading) => readings.set(name, [...(readings.get(name) ?? []), reading]),
  signal: stop.signal,
});
if (process.argv.includes("--record")) {
  for (const { scenario, holdsFrom } of outcomes) {
    const { name, truth, also = [] } = scenario;
    const path = `${TRACES}${name.toLowerCase().replaceAll(/[^a-z]+/g, "-")}.jsonl`;
    rmSync(path, { force: true });
    writeTrace(path, { label: { name, truth, also }, holdsFrom, readings: readings.get(name) ?? [] });
  }
}
console.log(report(outcomes));
for (const fault of faults(outcomes)) console.error(fault);
process.exitCode = faults(outcomes).length > 0 ? 1 : 0;
