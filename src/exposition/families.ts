/** The envelope as metric families. Failed sections have no metrics. */
import type { GetMetricsResponse } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { type Family, gauge, labels } from "../../shared/metric-family.ts";
import { sectionErrors } from "../metrics/section.ts";
import { agentFamilies } from "./agent-families.ts";
import { costFamilies } from "./cost-families.ts";
import { queueFamilies, taskFamilies } from "./queue-families.ts";

export function families(envelope: GetMetricsResponse, version: string): readonly Family[] {
  return [
    ...taskFamilies(envelope),
    ...queueFamilies(envelope),
    ...agentFamilies(envelope),
    ...costFamilies(envelope),
    gauge(
      "orch_section_up",
      "1 while the section can be read.",
      sectionErrors(envelope).map(([section, error]) => ({
        labels: labels(["section", section]),
        value: error ? 0 : 1,
      })),
    ),
    gauge("orch_collect_duration_seconds", "Duration of reading all sources, in seconds.", [
      { labels: "", value: envelope.collectSeconds },
    ]),
    gauge("orch_build_info", "1, with the versions of the program and of its contract.", [
      {
        labels: labels(
          ["version", version],
          ["schema_version", String(envelope.schemaVersion)],
          ["instance_name", envelope.instance],
        ),
        value: 1,
      },
    ]),
  ];
}
