/** Sections, or parts of them, that the service could not read. Failures with the same reason are one finding. */
import type { Finding, Rule } from "./finding.ts";

const failed: Rule<"section-broken"> = ({ target: { failures } }) => {
  if (!failures) return "unknown";
  const byReason = Map.groupBy(failures.failed, ({ error }) => `${error.code}: ${error.message}`);
  return [...byReason].map(([evidence, list]): Finding => {
    const names = list.map(({ name }) => name);
    const summary =
      names.length === 1
        ? `the section ${names[0]} cannot be read`
        : `${names.length} sections cannot be read: ${names.join(", ")}`;
    return { labels: { section: names.join(", ") }, summary, evidence };
  });
};

export const sectionRules = { "section-broken": failed };
