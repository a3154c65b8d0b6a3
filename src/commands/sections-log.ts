/** What became of sections in the log: a line when some break, and one when they are sound again. */
import type { GetMetricsResponse } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import type { Logger } from "../../shared/log.ts";
import { sectionChanges } from "../metrics/changes.ts";

/** To be called with each envelope. */
export function sectionsLog(log: Logger): (envelope: GetMetricsResponse) => void {
  const changes = sectionChanges();
  return (envelope) => {
    for (const { sections, isEvery, error } of changes(envelope)) {
      const names = sections.join(", ");
      const about = sections.length === 1 ? { section: names } : { sections };
      if (error) {
        const unreadable = isEvery ? "no section can be read" : `${names} cannot be read`;
        log.warn({ ...about, code: error.code }, `${unreadable}: ${error.message}`);
      } else {
        const are = sections.length === 1 ? "is" : "are";
        log.info(about, isEvery ? "every section is sound again" : `${names} ${are} sound again`);
      }
    }
  };
}
