/**
 * Runs all scenarios at once: an orchestrator's database with a run for each, the real service over it, and
 * the real watchdog over the service. Compares what the watchdog's API returns with the truth.
 */
import { writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { createDatabase } from "../support/database.ts";
import { type RunningWatchdog, startWatchdog } from "../watchdog/support/watchdog.ts";
import { type Assessment, assess } from "./assess.ts";
import { createObserver, type Observer } from "./observe.ts";
import { startPeers } from "./peers.ts";
import { startProcesses } from "./processes.ts";
import type { Recorder } from "./recording.ts";
import type { Scenario } from "./scenario.ts";
import { type Service, startService } from "./service.ts";
import { createTheatre, type Theatre } from "./theatre.ts";
import type { Timing } from "./timing.ts";

const TARGET = "main";

export interface Options {
  readonly recorder?: Recorder | undefined;
  /** How the service runs. */
  readonly service?: Service;
  /** Stops early: rejects, and leaves no process behind. */
  readonly signal?: AbortSignal;
}

export async function runScenarios(
  scenarios: readonly Scenario[],
  timing: Timing,
  { recorder, service = {}, signal }: Options = {},
): Promise<readonly Assessment[]> {
  const { paced, pollSeconds, seconds, slackSeconds } = timing;
  // This is disposed last, because its folder contains the logs that the processes write.
  using database = createDatabase();
  await using processes = startProcesses();
  const peers = await startPeers(processes, paced);
  using theatre = createTheatre({ database, processes, peers, paced });
  for (const scenario of scenarios) await theatre.start(scenario);
  await using metrics = await startService(database, service);
  const thresholds = `${database.directory}/thresholds.yaml`;
  writeFileSync(thresholds, JSON.stringify(timing.thresholds));
  await using watchdog = await startWatchdog(
    ["--target", `${TARGET}=${metrics.url}`, "--thresholds", thresholds, "--history", "none"],
    { pace: { pollSeconds, tickMilliseconds: pollSeconds * 100 } },
  );
  const observer = createObserver();
  const begun = Date.now();
  while (Date.now() < begun + seconds * 1000) {
    await theatre.act((Date.now() - begun) / 1000);
    await observe(watchdog, observer, recorder);
    recorder?.setup({ timing: timing.name, parts: theatre.parts() });
    await sleep(pollSeconds * 250, undefined, signal && { signal });
  }
  return assessAll(theatre, scenarios, observer, { paced, slackSeconds });
}

async function observe(
  watchdog: RunningWatchdog,
  observer: Observer,
  recorder: Recorder | undefined,
): Promise<void> {
  const { summary, envelope, agents, alerts } = await watchdog.target(TARGET);
  if (summary.readAt === undefined) return;
  const isNew = observer.look({ readAt: summary.readAt, agents, alerts });
  if (isNew && envelope) recorder?.envelope(envelope);
}

function assessAll(
  theatre: Theatre,
  scenarios: readonly Scenario[],
  observer: Observer,
  clock: Parameters<typeof assess>[2],
): readonly Assessment[] {
  return theatre.parts().map(({ runId, holdsFrom }, index) => {
    const seen = { holdsFrom, verdicts: observer.verdicts(runId), alerts: observer.alerts(runId) };
    return assess(scenarios[index] as Scenario, seen, clock);
  });
}
