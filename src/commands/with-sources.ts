/** For commands that read once: opens every source, and waits until the totals of the history are complete. */
import { setTimeout as sleep } from "node:timers/promises";
import { createLogger, type Logger } from "../../shared/log.ts";
import type { Profile } from "../profiles/profile.ts";
import type { Repository } from "../repositories/repository.ts";
import type { Config } from "../settings.ts";
import { type OpenSources, openSources } from "../sources.ts";

/** Longer than the service allows, since a command reads only once. */
const PATIENCE_SECONDS = 30;

const AGAIN_MILLISECONDS = 100;
const REPORT_MILLISECONDS = 1_000;

interface Options {
  /** Read instead of the configured one. */
  readonly profile?: Profile | undefined;
  readonly log?: Logger;
}

/** Runs `work`, then closes the sources. */
export async function withSources<T>(
  config: Config,
  work: (sources: OpenSources) => Promise<T>,
  { profile, log = createLogger(config.logLevel) }: Options = {},
): Promise<T> {
  const sources = await openSources(config, log, {
    deadlineSeconds: PATIENCE_SECONDS,
    ...(profile && { profile }),
  });
  try {
    await untilHistoryRead(sources.repository, (message) => log.info(message));
    return await work(sources);
  } finally {
    await sources.close();
  }
}

/** Calls `report` with the progress once a second. */
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
