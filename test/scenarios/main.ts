/**
 * `npm run bench:scenarios` runs the scenarios at their real pace in 25 minutes, and prints the watchdog's
 * verdicts compared with the truth. README.md lists the options. Exits with 1 if a verdict is wrong.
 */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Assessment } from "./assess.ts";
import { cliScenarios, installClis } from "./clis.ts";
import { pack, recordTo } from "./recording.ts";
import { replay } from "./replay.ts";
import { report, scoreTable } from "./report.ts";
import type { Scenario } from "./scenario.ts";
import { missing, SCENARIOS } from "./scenarios.ts";
import { runScenarios } from "./suite.ts";
import { REAL, SHORT } from "./timing.ts";

const RECORDED = new URL("./recorded/", import.meta.url).pathname;

const { values } = parseArgs({
  options: {
    clis: { type: "boolean", default: false },
    "cli-folder": { type: "string" },
    only: { type: "string", default: "" },
    except: { type: "string" },
    seconds: { type: "string" },
    short: { type: "boolean", default: false },
    out: { type: "string" },
    record: { type: "boolean", default: false },
    replay: { type: "string" },
    withhold: { type: "string" },
    "as-other-user": { type: "boolean", default: false },
  },
});

const assessments = values.replay === undefined ? await run() : replay(values.replay, chosen(everything("")));
console.log(report(assessments));
console.log(`\n${scoreTable(assessments)}`);
process.exitCode = assessments.every(({ isRight }) => isRight) ? 0 : 1;

async function run(): Promise<readonly Assessment[]> {
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => stop.abort(new Error(name)));
  using installed = values.clis && !values["cli-folder"] ? installClis() : undefined;
  const folder = values["cli-folder"] ?? installed?.path ?? "";
  const out = values.out ?? mkdtempSync(join(tmpdir(), "orch-scenarios-"));
  console.error(`recording to ${out}`);
  const timing = values.short ? SHORT : REAL;
  const assessments = await runScenarios(
    startable(chosen(values.clis ? cliScenarios(folder) : SCENARIOS)),
    { ...timing, seconds: values.seconds ? Number(values.seconds) : timing.seconds },
    {
      recorder: recordTo(out),
      service: { withhold: values.withhold, isOtherUser: values["as-other-user"] },
      signal: stop.signal,
    },
  );
  if (values.record) pack(out, join(RECORDED, values.clis ? "clis" : "scenarios"));
  return assessments;
}

function everything(folder: string): readonly Scenario[] {
  return [...SCENARIOS, ...cliScenarios(folder)];
}

function chosen(scenarios: readonly Scenario[]): readonly Scenario[] {
  const only = new RegExp(values.only);
  const except = values.except === undefined ? undefined : new RegExp(values.except);
  return scenarios.filter(({ name }) => only.test(name) && !except?.test(name));
}

function startable(scenarios: readonly Scenario[]): readonly Scenario[] {
  return scenarios.filter((scenario) => {
    const lacking = missing(scenario);
    if (lacking.length > 0) console.error(`left out: ${scenario.name} needs ${lacking.join(", ")}`);
    return lacking.length === 0;
  });
}
