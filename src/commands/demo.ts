/** `orch-metrics demo`: runs a small orchestrator with real agents, the service and the watchdog, and removes its files. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CREW } from "../../demo/agents.ts";
import { startOrchestrator } from "../../demo/orchestrator.ts";
import { createLogger } from "../../shared/log.ts";
import { UsageError } from "../../shared/operator-error.ts";
import { untilStopped } from "../../shared/until-stopped.ts";
import { isPostgresqlUrl } from "../repositories/database-url.ts";
import { type Config, pagePortOf } from "../settings.ts";
import { startService } from "./serve.ts";
import { type ChildProgram, startChild } from "./start-child.ts";

const THRESHOLDS = new URL("../../demo/thresholds.yaml", import.meta.url).pathname;

export async function demo(config: Config): Promise<void> {
  const server = config.database[0]?.place;
  if (server !== undefined && !isPostgresqlUrl(server)) {
    throw new UsageError(
      "the demo creates its own SQLite file: remove --database, or set it to a postgres:// URL",
    );
  }
  const stopped = untilStopped();
  const log = createLogger(config.logLevel === "info" ? "warn" : config.logLevel);
  const directory = await mkdtemp(join(tmpdir(), "orch-metrics-demo-"));
  try {
    const orchestrator = await startOrchestrator({ directory, server });
    const database = [{ name: "", place: orchestrator.database }];
    try {
      const service = await startService({ ...config, database }, log);
      try {
        await showUntil(Promise.race([stopped, orchestrator.ended]), config, directory, service.url);
      } finally {
        await service.close();
      }
    } finally {
      await orchestrator.stop();
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
  process.stdout.write("\nDemo stopped; temporary files removed.\n");
}

/** Runs the watchdog, and prints where to look. The demo continues without the page if the watchdog cannot run. */
async function showUntil(ended: Promise<unknown>, config: Config, directory: string, url: string) {
  const watchdog = await startWatchdog(config, directory, url).catch((error: Error) => error);
  process.stdout.write(welcome(url, watchdog));
  if (watchdog instanceof Error) return ended;
  void watchdog.ended.then((why) =>
    process.stderr.write(
      `orch-metrics: the watchdog stopped, and the demo continues without its page: ${why}\n`,
    ),
  );
  return ended.finally(watchdog.stop);
}

/** Starts the watchdog without the user's ORCH_ variables, which are for a watchdog of the user's own. */
function startWatchdog(config: Config, directory: string, url: string): Promise<ChildProgram> {
  return startChild({
    program: "watchdog",
    flags: {
      target: `demo=${url}`,
      thresholds: THRESHOLDS,
      history: join(directory, "watchdog.db"),
      port: String(pagePortOf(config)),
      "poll-seconds": "1",
    },
    env: Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("ORCH_"))),
  });
}

function welcome(url: string, watchdog: ChildProgram | Error): string {
  return `${aboutPage(watchdog)}

A demo orchestrator is running. Its agents are named after what they do:
${CREW.map(({ agent }) => agent).join(", ")}.

orch-metrics serves its metrics at ${url}. Try:

  curl -s ${url}/metrics | jq
  curl -s '${url}/metrics?read_mask=queue' | jq .queue.counts
  curl -s -H 'content-type: application/json' -d '{"read_mask":"agents"}' ${url}/orchestrator.metrics.v1.MetricsService/GetMetrics | jq

Ctrl-C stops the demo.
`;
}

function aboutPage(watchdog: ChildProgram | Error): string {
  if (watchdog instanceof Error) return `The watchdog's page is not available: ${watchdog.message}`;
  return `The watchdog's page: ${watchdog.url}
Within a minute it shows which agents are busy, waiting or hung, and raises alerts.`;
}
