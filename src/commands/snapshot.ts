/** `orch-metrics snapshot`: prints the envelope once, as JSON. */
import { hasFailed, sectionErrors } from "../metrics/section.ts";
import { createMetricsService } from "../metrics/service.ts";
import { envelopeText } from "../server/json.ts";
import type { Config } from "../settings.ts";
import { withSources } from "./with-sources.ts";

/** Resolves with the exit code: 1 if `--fail` is set and a section failed. */
export function snapshot(config: Config): Promise<number> {
  return withSources(config, async (sources) => {
    const envelope = await createMetricsService(sources).metrics([]);
    const text = JSON.stringify(JSON.parse(envelopeText(envelope)), null, 2);
    // JSON does not escape these control characters, which a terminal would obey.
    const escaped = text.replace(/[\x7f-\x9f]/g, (one) => `\\u00${one.charCodeAt(0).toString(16)}`);
    process.stdout.write(`${escaped}\n`);
    return config.fail && sectionErrors(envelope).some(([, error]) => hasFailed(error)) ? 1 : 0;
  });
}
