/** For a command that answers once: opens every source, and waits until the sums over all history are there. */
import { setTimeout as sleep } from "node:timers/promises";
import { forceExit } from "../../shared/force-exit.ts";
import { createLogger, type Logger } from "../../shared/log.ts";
import type { Repository } from "../repositories/repository.ts";
import type { Config } from "../settings.ts";
import { type OpenSources, openSources } from "../sources.ts";

/** Such a command waits longer than a client that asks every few seconds. */
const PATIENCE_SECONDS = 30;

const AGAIN_MILLISECONDS = 100;
const REPORT_MILLISECONDS = 1_000;

/** Runs `work`, then closes the sources and ends the program. */
export async function withSources<T>(config: Config, work: (sources: OpenSources) => Promise<T>): Promise<T> {
  try {
    return await overSources(config, createLogger(config.logLevel), work);
  } finally {
    forceExit();
  }
}

/** Runs `work`, then closes the sources. */
export async function overSources<T>(
  config: Config,
  log: Logger,
  work: (sources: OpenSources) => Promise<T>,
): Promise<T> {
  const sources = await openSources(config, log, { deadlineSeconds: PATIENCE_SECONDS });
  try {
    await untilHistoryRead(sources.repository, (message) => log.info(message));
    return await work(sources);
  } finally {
    await sources.close();
  }
}

/** `report` receives once a second how far it is. */
async function untilHistoryRead(repository: Repository, report: (message: string) => void): Promise<void> {
  let reportedAtMs = performance.now();
  for (;;) {
    const { parts } = await repository.read(["queue", "cost"]);
    const unread = [parts.queue, parts.cost].find(
      (reading) => reading?.ok === false && reading.failure.progress !== undefined,
    );
    if (unread?.ok !== false) return;
    if (performance.now() - reportedAtMs >= REPORT_MILLISECONDS) {
      report(unread.failure.message);
      reportedAtMs = performance.now();
    }
    await sleep(AGAIN_MILLISECONDS);
  }
}
