/** `orch-metrics serve`: runs the service until SIGTERM or SIGINT. */
import { setTimeout as sleep } from "node:timers/promises";
import { createLogger, type Logger } from "../../shared/log.ts";
import { untilStopped } from "../../shared/until-stopped.ts";
import { openAccess } from "../access.ts";
import { createMetricsService, type MetricsService } from "../metrics/service.ts";
import { fileProblems } from "../profiles/profile.ts";
import { Connections } from "../server/connections.ts";
import { createHandler } from "../server/handler.ts";
import { TIME_LIMITS, type TimeLimits } from "../server/limits.ts";
import type { Config } from "../settings.ts";
import { NO_PROCFS, type OpenSources, openSources } from "../sources.ts";
import { listen } from "./listen.ts";
import { logClosedConnections } from "./log-closed-connections.ts";
import { logSectionChanges } from "./log-section-changes.ts";

/** How long running requests may take to finish after a stop signal. */
const GRACE_MILLISECONDS = 4_000;

export interface RunningService {
  readonly url: string;
  close(): Promise<void>;
}

export async function serve(config: Config, times?: TimeLimits): Promise<void> {
  const log = createLogger(config.logLevel);
  const service = await startService(config, log, times);
  const signal = await untilStopped();
  log.info({ signal }, "stopping");
  await service.close();
  log.info("stopped");
}

/** Starts the service. Throws OperatorError if it cannot listen, or cannot use a file that a setting names. */
export async function startService(
  config: Config,
  log: Logger,
  times: TimeLimits = TIME_LIMITS,
): Promise<RunningService> {
  const { lookSeconds } = times;
  const stopping = new AbortController();
  const access = await openAccess(config, log, lookSeconds);
  const sources = await openSources(config, log);
  const service = createMetricsService(sources, logSectionChanges(log));
  const connections = new Connections({
    maxConnections: config.maxConnections,
    times,
    onClose: logClosedConnections(log),
  });
  const handler = createHandler({
    service,
    enabled: config.enabled,
    gate: access.gate,
    onUnexpected: sources.onUnexpected,
    onRequest: (request) => log.debug(request, "request"),
    limits: connections,
    shutdownSignal: stopping.signal,
    lookSeconds,
  });
  const { place, tls } = access;
  const listener = await listen({ handler, connections, times, place, tls }).catch(async (error: unknown) => {
    access.close();
    await sources.close();
    throw error;
  });
  const { url } = listener;
  log.info({ url, instance: config.instance, enabled: config.enabled }, `listening on ${url}`);
  for (const problem of fileProblems(sources.profile())) log.warn(problem);
  if (sources.procfs.clockTicksPerSecond === 0) log.warn(NO_PROCFS);
  void logReadiness(service, sources, log, stopping.signal);
  return {
    url,
    async close() {
      stopping.abort();
      await listener.close(GRACE_MILLISECONDS);
      access.close();
      await sources.close();
    },
  };
}

/** Logs once that the database can be read. If it cannot be read yet, logs why, and logs again once it can. */
async function logReadiness(
  service: MetricsService,
  sources: OpenSources,
  log: Logger,
  stopping: AbortSignal,
): Promise<void> {
  let logged = "";
  while (!stopping.aborted) {
    const failure = await service.notReady();
    if (stopping.aborted) return;
    if (!failure) {
      const profile = sources.profile();
      const ready = profile && `ready: reading the database with the profile ${profile.name}`;
      log.info(ready ?? "ready: watching processes");
      await logFittingProfile(sources, log);
      return logExamination(sources, log);
    }
    if (failure.message !== logged) {
      log.warn({ code: failure.code }, `not ready: ${failure.message}`);
      await logFittingProfile(sources, log);
    }
    logged = failure.message;
    await sleep(1_000, undefined, { ref: false });
  }
}

async function logFittingProfile({ fitsInstead }: OpenSources, log: Logger): Promise<void> {
  const instead = await fitsInstead();
  if (instead) log.warn(`the database fits another profile: use --profile ${instead}`);
}

/** A SELECT below this may scan a whole table: the table is small. */
const QUICK_MILLISECONDS = 10;

/** Logs what an operator should know from the start: problems of the profile, slow scans, and rights beyond reading. */
async function logExamination({ repository, profile }: OpenSources, log: Logger): Promise<void> {
  const logged = fileProblems(profile());
  const examinations = (await repository.examine?.(false)) ?? [];
  for (const { section, problems, scans, rows, milliseconds } of examinations) {
    for (const problem of problems) {
      if (!logged.includes(problem)) log.warn({ section }, `${section} of the profile: ${problem}`);
    }
    if (!scans || milliseconds === null || milliseconds <= QUICK_MILLISECONDS) continue;
    const took = `${Math.round(milliseconds)} ms for ${rows} rows`;
    log.info({ section, rows }, `${section} of the profile scans a whole table, and took ${took}`);
  }
  for (const warning of (await repository.warnings?.()) ?? []) log.warn(warning);
}
