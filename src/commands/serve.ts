/** `orch-metrics serve`: answers until SIGTERM or SIGINT. */
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

/** How long what runs may take to finish once the service is told to stop. */
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

/** Starts the service. Throws OperatorError if it cannot listen, or cannot use a file of its settings. */
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
    ...(log.isLevelEnabled("debug") && {
      onRequest: ({ method, path, trace }) => log.debug({ method, path, trace }, "request"),
    }),
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

/** Says once whether the database can be read, and, where it cannot yet, once more when it can. */
async function logReadiness(
  service: MetricsService,
  sources: OpenSources,
  log: Logger,
  stopping: AbortSignal,
): Promise<void> {
  let told = "";
  while (!stopping.aborted) {
    const failure = await service.notReady();
    if (stopping.aborted) return;
    if (!failure) {
      const profile = sources.profile();
      const by = profile && `ready: the database can be read, by the profile ${profile.name}`;
      log.info(by ?? "ready: processes are watched");
      await logFittingProfile(sources, log);
      return logExamination(sources, log);
    }
    if (failure.message !== told) {
      log.warn({ code: failure.code }, `not ready: ${failure.message}`);
      await logFittingProfile(sources, log);
    }
    told = failure.message;
    await sleep(1_000, undefined, { ref: false });
  }
}

async function logFittingProfile({ fitsInstead }: OpenSources, log: Logger): Promise<void> {
  const instead = await fitsInstead();
  if (instead) log.warn(`the database fits another profile: give --profile ${instead}`);
}

/** A SELECT that takes no longer may read a table from end to end: it is a small one. */
const QUICK_MILLISECONDS = 10;

/** What an operator should know from the start: every problem of the profile, slow scans, rights beyond reading. */
async function logExamination({ repository, profile }: OpenSources, log: Logger): Promise<void> {
  const told = fileProblems(profile());
  const examinations = (await repository.examine?.(false)) ?? [];
  for (const { section, problems, scans, rows, milliseconds } of examinations) {
    for (const problem of problems) {
      if (!told.includes(problem)) log.warn({ section }, `${section} of the profile: ${problem}`);
    }
    if (!scans || milliseconds === null || milliseconds <= QUICK_MILLISECONDS) continue;
    const took = `${Math.round(milliseconds)} ms for ${rows} rows`;
    log.info({ section, rows }, `${section} of the profile scans a table from end to end, and took ${took}`);
  }
  for (const warning of (await repository.warnings?.()) ?? []) log.warn(warning);
}
