/**
 * Runs scenarios all at once: an orchestrator's database with a row for each, the real service over it, and the judgement
 * over what the service answers.
 */
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fromJson, type JsonValue } from "@bufbuild/protobuf";
import { GetMetricsResponseSchema } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { judge, keep } from "../../watchdog/judgement/judge.ts";
import { type AgentReading, agentReadings } from "../../watchdog/judgement/reading.ts";
import type { JudgementThresholds } from "../../watchdog/judgement/thresholds.ts";
import { ago, createDatabase, job, run, task } from "../support/database.ts";
import { startProgram } from "../support/service.ts";
import { type Assessment, assess, type DatedVerdict } from "./assess.ts";
import { startProcesses } from "./processes.ts";
import type { Performance, Scenario } from "./scenarios.ts";
import { startTrickle } from "./trickle.ts";

export interface Timing {
  readonly thresholds: JudgementThresholds;
  readonly pollSeconds: number;
  /** How long all of it lasts. */
  readonly seconds: number;
  readonly paced: (seconds: number) => number;
}

export interface Outcome extends Assessment {
  readonly scenario: Scenario;
  /** When its truth began to hold; milliseconds since the epoch. */
  readonly holdsFrom: number;
}

/** Readings of a healthy process before its turn comes. */
const HEALTHY_READINGS = 4;

export interface Options {
  /** Is given each reading, such as to record it. */
  readonly onReading?: (scenario: Scenario, reading: AgentReading) => void;
  /** Ends it before its time: rejects, and leaves no process behind. */
  readonly signal?: AbortSignal;
}

export async function runScenarios(
  scenarios: readonly Scenario[],
  { thresholds, pollSeconds, seconds, paced }: Timing,
  { onReading, signal }: Options = {},
): Promise<readonly Outcome[]> {
  // Goes last: its folder holds the logs that the processes write.
  using database = createDatabase();
  await using processes = startProcesses();
  await using trickle = await startTrickle();
  const casts: Cast[] = [];
  for (const [index, scenario] of scenarios.entries()) {
    const id = index + 1;
    const log = join(database.directory, `run-${id}.log`);
    appendFileSync(log, "");
    const performance = await scenario.start({ processes, log, stream: trickle.url, paced });
    database.insert("tasks", task(id, performance.finished ? "done" : "development"));
    database.insert("jobs", job(id, "running", { task_id: id }));
    database.insert("agent_runs", {
      ...run(id, {
        task_id: id,
        job_id: id,
        started_at: ago(performance.startedSecondsAgo ?? 0),
        log_path: log,
      }),
      pid: performance.pid,
      host: performance.host ?? null,
    });
    casts.push({
      scenario,
      performance,
      runId: String(id),
      holdsFrom: Date.now(),
      readings: [],
      verdicts: [],
    });
  }
  await using service = await startProgram(database.path);

  const renewHeartbeat = database.connection.prepare("UPDATE agent_runs SET heartbeat_at = ? WHERE id = ?");
  const end = Date.now() + seconds * 1000;
  for (let readings = 1; Date.now() < end; readings += 1) {
    const next = Date.now() + pollSeconds * 1000;
    for (const { performance, runId } of casts) {
      if (performance.heartbeat) renewHeartbeat.run(new Date().toISOString(), runId);
    }
    const envelope = fromJson(GetMetricsResponseSchema, (await service.metrics()) as JsonValue);
    for (const reading of agentReadings(envelope)) {
      const cast = casts.find(({ runId }) => runId === reading.agent.runId);
      if (!cast) continue;
      onReading?.(cast.scenario, reading);
      cast.readings = keep([...cast.readings, reading], thresholds);
      cast.verdicts.push({ at: reading.at, verdict: judge(cast.readings, thresholds) });
    }
    if (readings === HEALTHY_READINGS) await Promise.all(casts.map(takeTurn));
    await sleep(Math.max(0, next - Date.now()), undefined, signal && { signal });
  }
  return casts.map(outcome);
}

interface Cast {
  readonly scenario: Scenario;
  readonly performance: Performance;
  readonly runId: string;
  /** When its truth began to hold. */
  holdsFrom: number;
  readings: readonly AgentReading[];
  readonly verdicts: DatedVerdict[];
}

async function takeTurn(cast: Cast): Promise<void> {
  if (!cast.performance.turn) return;
  await cast.performance.turn();
  cast.holdsFrom = Date.now();
}

function outcome({ scenario, holdsFrom, verdicts }: Cast): Outcome {
  return { scenario, holdsFrom, ...assess(scenario, holdsFrom, verdicts) };
}
