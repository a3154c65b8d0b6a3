/** Two real processes under the service and the watchdog. `scenarios.slow.test.ts` has all scenarios. */
import { closeSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ago, createDatabase, job, run, task } from "../support/database.ts";
import { eventually, startProgram } from "../support/service.ts";
import { startWatchdog } from "../watchdog/support/watchdog.ts";
import { AGENT, startProcesses } from "./processes.ts";

const THRESHOLDS = { judgement: { lock_seconds: 3, recent_seconds: 2, max_gap_seconds: 10 } };

it("the watchdog detects a real agent that hangs, and raises an alert only for that one", async () => {
  // This is disposed last, because its folder contains the logs.
  using database = createDatabase();
  await using processes = startProcesses();
  for (const [index, agent] of ["busy", "deadlocked"].entries()) {
    const id = index + 1;
    const log = join(database.directory, `run-${id}.log`);
    const output = openSync(log, "a");
    const pid = processes.run(process.execPath, [AGENT, agent], output);
    closeSync(output);
    database.insert("tasks", task(id, "development"));
    database.insert("jobs", job(id, "running", { task_id: id }));
    database.insert(
      "agent_runs",
      run(id, { agent, pid, task_id: id, job_id: id, log_path: log, started_at: ago(0) }),
    );
  }
  const thresholds = join(database.directory, "thresholds.yaml");
  writeFileSync(thresholds, JSON.stringify(THRESHOLDS));
  await using service = await startProgram(database.path);
  await using watchdog = await startWatchdog(
    ["--target", `main=${service.url}`, "--thresholds", thresholds, "--history", "none"],
    { pace: { pollSeconds: 0.5, tickMilliseconds: 50 } },
  );
  const verdicts = async () =>
    (await watchdog.target("main")).agents.map(({ agent, verdict }) => `${agent} ${verdict.name}`);
  const alerts = async () => (await watchdog.alerts()).open.filter(({ rule }) => rule === "agent-hung");
  await eventually("the hung agent's alert fires", async () =>
    (await alerts()).some(({ state }) => state === "firing"),
  );
  await eventually("the other works", async () => (await verdicts()).includes("busy working"));
  expect(await verdicts()).toContain("deadlocked hung");
  expect(await alerts()).toMatchObject([
    { state: "firing", target: "main", labels: { agent: "deadlocked", run_id: "2" } },
  ]);
});
