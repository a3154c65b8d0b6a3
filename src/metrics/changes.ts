/**
 * Tells when a section turns from sound to broken or back, so that a log has one line for each change and
 * none for each request.
 */
import type { GetMetricsResponse, SectionError } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";

export interface SectionChange {
  readonly section: string;
  /** Absent: it is sound again. */
  readonly error: { readonly code: string; readonly message: string } | undefined;
}

/** A function that takes each envelope and gives what changed since the one before. */
export function sectionChanges(): (envelope: GetMetricsResponse) => SectionChange[] {
  const known = new Map<string, string>();
  return (envelope) => {
    const changes: SectionChange[] = [];
    for (const [section, error] of sectionErrors(envelope)) {
      // Figures are left out: progress is no change.
      const now = error ? `${error.code}: ${error.message.replaceAll(/\d+/g, "")}` : "";
      if (now === (known.get(section) ?? "")) continue;
      known.set(section, now);
      changes.push({ section, error: error && { code: error.code, message: error.message } });
    }
    return changes;
  };
}

/** Each section and part that the envelope holds, with its error. */
export function sectionErrors(envelope: GetMetricsResponse): [string, SectionError | undefined][] {
  const { stages, queue, agents, cost } = envelope;
  const parts: [string, { error?: SectionError | undefined } | undefined][] = [
    ["stages", stages],
    ["queue", queue],
    ["queue.running", queue?.running],
    ["queue.breakers", queue?.breakers],
    ["queue.gates", queue?.gates],
    ["agents", agents],
    ["cost", cost],
  ];
  return parts.flatMap(([name, part]) => (part ? [[name, part.error]] : []));
}
