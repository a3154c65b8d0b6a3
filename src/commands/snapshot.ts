/** `orch-metrics snapshot`: prints the envelope as JSON or as a table, once or repeatedly. */
import { setTimeout as sleep } from "node:timers/promises";
import type { GetMetricsResponse } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { untilStopped } from "../../shared/until-stopped.ts";
import { hasFailed, sectionErrors } from "../metrics/section.ts";
import { createMetricsService } from "../metrics/service.ts";
import { envelopeText } from "../server/json.ts";
import type { Config } from "../settings.ts";
import { snapshotTable } from "./snapshot-table.ts";
import { withSources } from "./with-sources.ts";

/** Resolves with the exit code: 1 if `--fail` is set and a section failed in the last snapshot. */
export function snapshot(config: Config): Promise<number> {
  const { format, watch, interval, fail } = config;
  return withSources(config, async (sources) => {
    const service = createMetricsService(sources);
    const stopping = new AbortController();
    const { signal } = stopping;
    if (watch) void untilStopped().then(() => stopping.abort());
    for (;;) {
      const envelope = await service.metrics([]);
      const text = format === "table" ? snapshotTable(envelope) : indentedJson(envelope);
      process.stdout.write(watch && format === "table" ? `${text}\n` : text);
      if (watch) await sleep(interval * 1000, undefined, { signal }).catch(() => {});
      if (!watch || signal.aborted)
        return fail && sectionErrors(envelope).some(([, error]) => hasFailed(error)) ? 1 : 0;
    }
  });
}

function indentedJson(envelope: GetMetricsResponse): string {
  const text = JSON.stringify(JSON.parse(envelopeText(envelope)), null, 2);
  // JSON does not escape these control characters, which a terminal would obey.
  return `${text.replace(/[\x7f-\x9f]/g, (one) => `\\u00${one.charCodeAt(0).toString(16)}`)}\n`;
}
