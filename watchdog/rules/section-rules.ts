/** A section, or a part of one, that the service could not read. */
import type { GetMetricsResponse } from "../../client/index.ts";
import type { Finding, Rule } from "./finding.ts";

const SECTIONS = {
  stages: ({ stages }: GetMetricsResponse) => stages?.error,
  queue: ({ queue }: GetMetricsResponse) => queue?.error,
  "queue.breakers": ({ queue }: GetMetricsResponse) => queue?.breakers?.error,
  "queue.gates": ({ queue }: GetMetricsResponse) => queue?.gates?.error,
  "queue.running": ({ queue }: GetMetricsResponse) => queue?.running?.error,
  agents: ({ agents }: GetMetricsResponse) => agents?.error,
  cost: ({ cost }: GetMetricsResponse) => cost?.error,
};

const failed: Rule<"section-broken"> = ({ target: { envelope } }) => {
  if (!envelope) return "unknown";
  return Object.entries(SECTIONS).flatMap(([section, errorOf]): Finding[] => {
    const error = errorOf(envelope);
    // A part that the source does not have has not failed.
    if (error === undefined || error.code === "unimplemented") return [];
    return [
      {
        labels: { section },
        summary: `the section ${section} cannot be read`,
        evidence: `${error.code}: ${error.message}`,
      },
    ];
  });
};

export const sectionRules = { "section-broken": failed };
