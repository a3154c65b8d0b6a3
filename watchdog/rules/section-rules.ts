/** Sections, or parts of them, that the service could not read. Failures with the same reason are one finding. */
import type { GetMetricsResponse } from "../../client/index.ts";
import type { Finding, Rule } from "./finding.ts";

const PARTS = {
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
  const failures = Object.entries(PARTS).flatMap(([section, errorOf]) => {
    const error = errorOf(envelope);
    // A part that the source does not have is not a failure.
    if (error === undefined || error.code === "unimplemented") return [];
    return [{ section, reason: `${error.code}: ${error.message}` }];
  });
  const byReason = Map.groupBy(failures, ({ reason }) => reason);
  return [...byReason].map(([evidence, list]): Finding => {
    const names = list.map(({ section }) => section);
    const summary =
      names.length === 1
        ? `the section ${names[0]} cannot be read`
        : `${names.length} sections cannot be read: ${names.join(", ")}`;
    return { labels: { section: names.join(", ") }, summary, evidence };
  });
};

export const sectionRules = { "section-broken": failed };
