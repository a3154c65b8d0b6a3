/**
 * Logs a line when sections fail and a line when they can be read again, instead of one for each request. Sections
 * that change together for the same reason share a line.
 */
import type { GetMetricsResponse, SectionError } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import type { Logger } from "../../shared/log.ts";
import { sectionErrors } from "../metrics/section.ts";
import { STILL_READING } from "../repositories/source-failure.ts";

const OK = "";

/** Returns a function to call with each envelope. */
export function logSectionChanges(log: Logger): (envelope: GetMetricsResponse) => void {
  const known = new Map<string, string>();
  return (envelope) => {
    const all = sectionErrors(envelope);
    const changed = all.flatMap(([section, error]) => {
      const reason = reasonOf(error);
      if (reason === (known.get(section) ?? OK)) return [];
      known.set(section, reason);
      return [{ section, error, reason }];
    });
    for (const together of Map.groupBy(changed, ({ reason }) => reason).values()) {
      const sections = together.map(({ section }) => section);
      const isEvery = isWhole(envelope) && sections.length === all.length;
      logChange(log, sections, isEvery, together[0]?.error);
    }
  };
}

function logChange(log: Logger, sections: readonly string[], isEvery: boolean, error?: SectionError): void {
  const names = sections.join(", ");
  const about = sections.length === 1 ? { section: names } : { sections };
  if (error?.message.includes(STILL_READING)) {
    log.info({ ...about, code: error.code }, `${names}: ${error.message}`);
  } else if (error) {
    const failed = isEvery ? "no section can be read" : `${names} cannot be read`;
    log.warn({ ...about, code: error.code }, `${failed}: ${error.message}`);
  } else log.info(about, `${isEvery ? "every section" : names} can be read again`);
}

/** Removes numbers, so that progress does not count as a change. */
function reasonOf(error: SectionError | undefined): string {
  return error ? `${error.code}: ${error.message.replaceAll(/\d+/g, "")}` : OK;
}

function isWhole({ stages, queue, agents, cost }: GetMetricsResponse): boolean {
  return [stages, queue, agents, cost].every((section) => section !== undefined);
}
