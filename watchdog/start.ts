/** Connects the parts of the watchdog: polls, judgement, rules, history, alerts, and the page. */
import type { Logger } from "pino";
import { openAlerting } from "./alerting.ts";
import { readToken, readTokens } from "./config/files.ts";
import type { Config } from "./config/settings.ts";
import type { TargetAddress } from "./config/targets-file.ts";
import {
  type Thresholds,
  type ThresholdsFile,
  thresholdsOf,
  unwatchedTargetWarnings,
} from "./config/thresholds.ts";
import { createHeartbeat } from "./heartbeat.ts";
import { type History, openHistory } from "./history/history.ts";
import { linksTo } from "./links.ts";
import { PACE, type Pace } from "./pace.ts";
import { createReceivers } from "./receivers/configured.ts";
import { type Server, startServer } from "./server/server.ts";
import { startFleet } from "./targets/fleet.ts";

/** What settings cannot hold. */
export interface WatchdogOptions {
  /** Called every few seconds. Return the same array while nothing has changed. */
  readonly targets: () => readonly TargetAddress[];
  /** Called for each reading. */
  readonly thresholds: () => ThresholdsFile;
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
export async function startWatchdog(config: Config, options: WatchdogOptions): Promise<Watchdog> {
  const { host, port, allowedHosts, externalUrl, silenceTokenFile } = config;
  const { logger, pace = PACE } = options;
  const history = openHistory({
    path: config.history === "none" ? null : config.history,
    maxBytes: config.historySize,
    movedAside: (to) =>
      logger.warn(
        { to },
        "the history file is of another version: it was renamed, and a new one was created",
      ),
    keep: { raw: config.keepRaw * 1000, hour: config.keepHours * 1000 },
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
    return watch(config, options, history, server);
  } catch (error) {
    await server?.close();
    history.close();
    throw error;
  }
}

function watch(
  config: Config,
  { targets, logger, late, pace = PACE, ...options }: WatchdogOptions,
  history: History,
  server: Server,
): Watchdog {
  const { pollSeconds, timeout, tokenFile } = config;
  const now = Date.now;
  if (history.damagedDocuments > 0)
    logger.warn(
      { documents: history.damagedDocuments },
      "damaged alerts and silences in the history were skipped",
    );
  const thresholds = mergedThresholds(options.thresholds, pollSeconds);
  const links = linksTo(config.externalUrl ?? server.url, config.runbooks);
  const alerting = openAlerting({
    ...{ history, thresholds, logger, runbookUrl: links.runbook },
    receivers: createReceivers(config, logger, links.page, now),
    repeatMilliseconds: config.repeatAfter * 1000,
    retryMilliseconds: pace.retryMilliseconds,
  });

  let judgedAt = now();
  const fleet = startFleet({
    ...{ history, thresholdsOf: thresholds, now, late },
    reader: {
      timeoutMs: timeout * 1000,
      token: tokenFile === null ? undefined : () => readToken(tokenFile),
    },
    pollMilliseconds: pollSeconds * 1000,
    complain: (target, error) => logger.error({ target, err: error }, "an answer could not be processed"),
    read(target, at) {
      alerting.look(target, at);
      judgedAt = at;
      server.changed(target.address.name);
    },
  });

  let addresses: readonly TargetAddress[] | undefined;
  let thresholdsFile: ThresholdsFile | undefined;
  function refreshFiles(at: number): void {
    const [next, file] = [targets(), options.thresholds()];
    if (next === addresses && file === thresholdsFile) return;
    const names = next.map(({ name }) => name);
    for (const warning of unwatchedTargetWarnings(file, names)) logger.warn(warning);
    thresholdsFile = file;
    if (next === addresses) return;
    addresses = next;
    fleet.set(next);
    alerting.retain(next, at);
  }

  const quietMilliseconds = (pollSeconds * 2 + timeout) * 1000;
  const heartbeat = createHeartbeat({
    url: config.heartbeatUrl,
    everyMilliseconds: pace.heartbeatMilliseconds,
    isAlive: (at) => fleet.targets.length === 0 || at - judgedAt <= quietMilliseconds,
    complain: (reason) => logger.warn({ detail: reason }, "no answer to the heartbeat"),
  });

  function tick(): void {
    const at = now();
    refreshFiles(at);
    alerting.tick(at);
    history.maintain();
    heartbeat?.tick(at);
  }

  let starvedBefore = 0;
  function repeat(): void {
    alerting.repeat();
    const readings = fleet.polls.starved - starvedBefore;
    starvedBefore += readings;
    if (readings > 0)
      logger.warn(
        { readings },
        "the watchdog lacked CPU time or file descriptors for some polls, which are ignored: give it more",
      );
  }
  refreshFiles(now());
  const timers = [
    setInterval(tick, pace.tickMilliseconds),
    setInterval(history.flush, pace.flushMilliseconds),
    setInterval(repeat, pace.repeatMilliseconds),
  ];
  server.show({ fleet, history, alerting, thresholds, pollSeconds, heartbeat, pageUrl: links.url });

  return {
    url: server.url,
    async close() {
      for (const timer of timers) clearInterval(timer);
      await server.close();
      await fleet.close();
      // A receiver may not answer, in which time the process may be killed.
      history.flush();
      await alerting.close();
      history.close();
    },
  };
}

/** Merges the values of a target once for each version of the file, since each poll needs them. */
function mergedThresholds(latest: () => ThresholdsFile, pollSeconds: number) {
  let merged = new Map<string, Thresholds>();
  let mergedFrom: ThresholdsFile | undefined;
  return (target = ""): Thresholds => {
    const file = latest();
    if (file !== mergedFrom) [merged, mergedFrom] = [new Map(), file];
    const known = merged.get(target) ?? thresholdsOf(file, target, pollSeconds);
    merged.set(target, known);
    return known;
  };
}
