/** `orch-metrics demo`: runs a small orchestrator with real agents, the service and the watchdog, and removes its files. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startOrchestrator } from "../../demo/orchestrator.ts";
import { type DemoWatchdog, startWatchdog } from "../../demo/watchdog.ts";
import type { GetMetricsResponseJson } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { createLogger } from "../../shared/log.ts";
import { UsageError } from "../../shared/operator-error.ts";
import { aligned } from "../../shared/settings-help.ts";
import { untilStopped } from "../../shared/until-stopped.ts";
import { isPostgresqlUrl } from "../repositories/database-url.ts";
import type { Config } from "../settings.ts";
import { startService } from "./serve.ts";

/** Long enough for the CPU ticks of a busy agent to grow. */
const BETWEEN_READINGS_MILLISECONDS = 2_000;

/** The demo's own requests and the commands that it prints send no token and no certificate. */
const OPEN = { socket: null, tokenFile: null, tlsCertificate: null, tlsKey: null, tlsClientCa: null };

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
    await using orchestrator = await startOrchestrator({ directory, server });
    const service = await startService(
      { ...config, ...OPEN, database: [{ name: "", place: orchestrator.database }] },
      log,
    );
    const over = Promise.race([stopped, orchestrator.ended]);
    try {
      // By default the page uses the port after the service's, so that --port moves both.
      const port = config.pagePort ?? (config.port === 0 ? 0 : config.port + 1);
      await using watchdog = await startWatchdog({ directory, service: service.url, port });
      process.stdout.write(welcome(service.url, watchdog));
      void watchdog.ended?.then((why) =>
        process.stderr.write(
          `orch-metrics: the watchdog stopped, and the demo continues without its page: ${why}\n`,
        ),
      );
      if (config.enabled) await showTwoReadings(service.url, over);
      process.stdout.write("\nCtrl-C stops the demo.\n");
      await over;
    } finally {
      await service.close();
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
  process.stdout.write("\nDemo stopped; temporary files removed.\n");
}

function welcome(url: string, watchdog: DemoWatchdog): string {
  return `${aboutPage(watchdog)}

A demo orchestrator is running. orch-metrics serves its metrics at ${url}. Try:

  curl -s ${url}/metrics | jq
  curl -s '${url}/metrics?read_mask=queue' | jq .queue.counts
  curl -s -H 'content-type: application/json' -d '{"read_mask":"agents"}' ${url}/orchestrator.metrics.v1.MetricsService/GetMetrics | jq

`;
}

function aboutPage({ url, fault }: DemoWatchdog): string {
  if (url === undefined) return `The watchdog's page is not available: ${fault}`;
  return `The watchdog's page: ${url}
Within a minute it shows which agents are busy, waiting or hung, and raises alerts.`;
}

/** Compares two readings, as a monitoring client does to distinguish a hung agent from a busy one. */
async function showTwoReadings(url: string, over: Promise<unknown>): Promise<void> {
  await Promise.race([over, wait(BETWEEN_READINGS_MILLISECONDS)]);
  const before = await readAgents(url);
  await Promise.race([over, wait(BETWEEN_READINGS_MILLISECONDS)]);
  const after = await readAgents(url);
  const earlier = new Map(before.map((run) => [run.run_id, run]));
  const grown = (now: unknown, then: unknown) =>
    typeof now === "number" && typeof then === "number" ? `+${now - then}` : "-";
  process.stdout.write(`Changes between two readings, ${BETWEEN_READINGS_MILLISECONDS / 1000} s apart:\n`);
  const rows = after.map((run) => {
    const then = earlier.get(run.run_id);
    return [
      run.run_id ?? "",
      run.agent ?? "",
      run.presence ?? "",
      grown(run.cpu_ticks, then?.cpu_ticks),
      grown(run.process?.descendants?.ticks, then?.process?.descendants?.ticks),
      grown(run.log?.size_bytes, then?.log?.size_bytes),
    ];
  });
  const table = [["run", "agent", "presence", "cpu_ticks", "descendants", "log bytes"], ...rows];
  process.stdout.write(
    aligned(table)
      .map((line) => `  ${line}\n`)
      .join(""),
  );
}

async function readAgents(url: string) {
  const response = await fetch(`${url}/metrics?read_mask=agents`);
  const envelope = (await response.json()) as GetMetricsResponseJson;
  return envelope.agents?.running ?? [];
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds).unref());
}
