/** Connects the parts of the watchdog: polls, judgement, rules, history, alerts, and the page. */
import type { Logger } from "pino";
import { openAlerting } from "./alerting.ts";
import { readTokens } from "./config/files.ts";
import type { Flags } from "./config/settings.ts";
import type { TargetAddress } from "./config/targets-file.ts";
import { type Thresholds, type ThresholdsFile, thresholdsOf } from "./config/thresholds.ts";
import { createHeartbeat } from "./heartbeat.ts";
import { type History, openHistory } from "./history/history.ts";
import { toAgentSeries, toSeries } from "./history/series.ts";
import { linksTo } from "./links.ts";
import { metricsText, type PollCounts } from "./metrics.ts";
import { PACE, type Pace } from "./pace.ts";
import { createReceivers } from "./receivers/configured.ts";
import { valuesOf } from "./server/documents.ts";
import { type Server, startServer } from "./server/server.ts";
import { fleetOf, targetOf } from "./server/views.ts";
import { startFleet } from "./targets/fleet.ts";
import type { Target } from "./targets/target.ts";
import { count } from "./words.ts";

/** The settings, and values that settings cannot hold. */
export interface WatchdogOptions extends Flags {
  /** Called every few seconds. Return the same array while nothing has changed. */
  readonly targets: () => readonly TargetAddress[];
  /** Called for each reading. */
  readonly thresholds: () => ThresholdsFile;
  /** For targets without a token of their own. */
  readonly token?: () => string;
  /** The history file; null: nothing survives the process. */
  readonly history: string | null;
  readonly logger: Logger;
  /** Called with the delay of each poll, in milliseconds. */
  readonly late?: (milliseconds: number) => void;
  /** Default: PACE. */
  readonly pace?: Pace;
}

export interface Watchdog {
  /** The address of the page. */
  readonly url: string;
  close(): Promise<void>;
}

/** Rejects if it cannot listen, or if the history file is in use or another program's. Nothing stays open then. */
export async function startWatchdog(options: WatchdogOptions): Promise<Watchdog> {
  const { logger, host, port, allowedHosts, externalUrl, silenceTokenFile, pace = PACE } = options;
  const history = openHistory({
    path: options.history,
    maxBytes: options.historySize,
    movedAside: (to) =>
      logger.warn(
        { to },
        "the history file is of another version: it was renamed, and a new one was created",
      ),
    keep: { raw: options.keepRaw * 1000, hour: options.keepHours * 1000 },
    now: Date.now,
  });
  let server: Server | undefined;
  try {
    const silenceTokens = silenceTokenFile === null ? undefined : () => readTokens(silenceTokenFile);
    silenceTokens?.();
    server = await startServer({
      host,
      port,
      allowedHosts: externalUrl === null ? allowedHosts : [...allowedHosts, new URL(externalUrl).hostname],
      silenceTokens,
      gatherMilliseconds: pace.gatherMilliseconds,
      complain: (error) => logger.error({ err: error }, "a request failed"),
    });
    return watch(options, history, server);
  } catch (error) {
    await server?.close();
    history.close();
    throw error;
  }
}

function watch(options: WatchdogOptions, history: History, server: Server): Watchdog {
  const { logger, pollSeconds, pace = PACE } = options;
  const now = Date.now;
  if (history.damagedDocuments > 0)
    logger.warn(
      { documents: history.damagedDocuments },
      "damaged alerts and silences in the history were skipped",
    );

  let merged = new Map<string, Thresholds>();
  let mergedFrom: ThresholdsFile | undefined;

  /** Merges the values of a target once for each version of the file, since each poll needs them. */
  function thresholds(target = ""): Thresholds {
    const file = options.thresholds();
    if (file !== mergedFrom) [merged, mergedFrom] = [new Map(), file];
    const known = merged.get(target) ?? merge(file, target);
    merged.set(target, known);
    return known;
  }

  function merge(file: ThresholdsFile, target: string): Thresholds {
    const made = thresholdsOf(file, target);
    // Readings at the poll interval must always be comparable.
    const max_gap_seconds = Math.max(made.judgement.max_gap_seconds, pollSeconds * 3);
    return { ...made, judgement: { ...made.judgement, max_gap_seconds } };
  }

  const links = linksTo(options.externalUrl ?? server.url, options.runbooks);
  const alerting = openAlerting({
    ...{ history, thresholds, logger, runbookUrl: links.runbook },
    receivers: createReceivers({ settings: options, logger, pageOf: links.page, now }),
    repeatMilliseconds: options.repeatAfter * 1000,
    retryMilliseconds: pace.retryMilliseconds,
  });

  const polls: PollCounts = { polls: 0, seconds: 0, lateSeconds: 0, starved: 0 };
  let starvedBefore = 0;
  let judgedAt = now();
  const fleet = startFleet({
    history,
    reader: {
      timeoutMs: options.timeout * 1000,
      now: () => performance.now(),
      busySince,
      ...(options.token && { token: options.token }),
    },
    pollMilliseconds: pollSeconds * 1000,
    thresholdsOf: thresholds,
    now,
    polled(late, took) {
      polls.polls += 1;
      polls.seconds += took / 1000;
      polls.lateSeconds += Math.max(0, late) / 1000;
      options.late?.(late);
    },
    starved() {
      polls.starved += 1;
    },
    complain: (target, error) => logger.error({ target, err: error }, "an answer could not be processed"),
    read(target, at) {
      alerting.look(target, at);
      judgedAt = at;
      server.changed(target.address.name);
    },
  });

  let addresses: readonly TargetAddress[] | undefined;
  function refreshTargets(at: number): void {
    const next = options.targets();
    if (next === addresses) return;
    addresses = next;
    fleet.set(next);
    alerting.retain(next, at);
  }

  const quietMilliseconds = (pollSeconds * 2 + options.timeout) * 1000;
  const heartbeat =
    options.heartbeatUrl === null
      ? undefined
      : createHeartbeat({
          url: options.heartbeatUrl,
          everyMilliseconds: pace.heartbeatMilliseconds,
          isAlive: (at) => fleet.targets.length === 0 || at - judgedAt <= quietMilliseconds,
          complain: (reason) => logger.warn({ detail: reason }, "no answer to the heartbeat"),
        });

  const flushTicks = Math.ceil(pace.flushMilliseconds / pace.tickMilliseconds);
  const repeatTicks = Math.ceil(pace.repeatMilliseconds / pace.tickMilliseconds);
  let ticks = 0;
  function tick(): void {
    const at = now();
    ticks += 1;
    refreshTargets(at);
    alerting.tick(at);
    if (ticks % flushTicks === 0) history.flush();
    history.maintain();
    heartbeat?.tick(at);
    if (ticks % repeatTicks !== 0) return;
    alerting.repeat();
    if (polls.starved > starvedBefore)
      logger.warn(
        { readings: polls.starved - starvedBefore },
        "the watchdog lacked CPU time or file descriptors for some polls, which are ignored: give it more",
      );
    starvedBefore = polls.starved;
  }
  refreshTargets(now());
  const ticking = setInterval(tick, pace.tickMilliseconds);

  const among = <T>(name: string, make: (target: Target) => T): T | undefined => {
    const target = fleet.get(name);
    return target && make(target);
  };
  server.show({
    fleet: () =>
      fleetOf({
        targets: fleet.targets,
        alerts: alerting.open(now()),
        recording: history.recording,
        pollSeconds,
        now: now(),
      }),
    target: (name) =>
      among(name, (target) => targetOf(target, alerting.open(now()), thresholds(name), now())),
    series: (name, from, to) => among(name, () => toSeries(history.points(name, from, to))),
    agentSeries: (name, runId, from, to) =>
      among(name, () => toAgentSeries(history.points(name, from, to), runId)),
    runs: async (query) => ({ ...(await history.runs(query)), recording: history.recording }),
    alerts: () => alerting.list(now()),
    alert(fingerprint) {
      const { open, past } = alerting.list(now());
      const alert = [...open, ...past].find((each) => each.fingerprint === fingerprint);
      return alert && { alert, values: valuesOf(alert, fleet.get(alert.target), links.url), now: now() };
    },
    metrics: () =>
      metricsText({
        targets: fleet.targets,
        alerts: alerting.open(now()),
        recording: history.recording,
        polls,
        receivers: alerting.receivers,
        heartbeatFailures: heartbeat?.failures,
      }),
    notReady() {
      const waiting = fleet.targets.filter(({ state }) => state === "not_read_yet").length;
      return waiting === 0 ? undefined : `${count(waiting, "target")} not polled yet`;
    },
    silence: (request) => alerting.silence(request, now()),
    unsilence: alerting.unsilence,
  });

  return {
    url: server.url,
    async close() {
      clearInterval(ticking);
      await fleet.close();
      await server.close();
      await alerting.close();
      fleet.keep();
      history.close();
    },
  };
}

/** Measures this process's event loop. */
function busySince(): () => number {
  const before = performance.eventLoopUtilization();
  return () => performance.eventLoopUtilization(before).utilization;
}
