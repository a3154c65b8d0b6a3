/**
 * Tells when sections turn from sound to broken or back, so that a log has one line for each change and none for each
 * request: of those that turn at once, and for the same reason, it is the same line.
 */
import type { GetMetricsResponse, SectionError } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";

export interface SectionChange {
  readonly sections: readonly string[];
  /** Whether these are all that there are. */
  readonly isEvery: boolean;
  /** Absent: they are sound again. */
  readonly error: { readonly code: string; readonly message: string } | undefined;
}

/** A function that takes each envelope and gives what changed since the one before. */
export function sectionChanges(): (envelope: GetMetricsResponse) => readonly SectionChange[] {
  const known = new Map<string, string>();
  return (envelope) => {
    const all = sectionErrors(envelope);
    const changed = all.flatMap(([section, error]) => {
      const reason = reasonOf(error);
      if (reason === (known.get(section) ?? SOUND)) return [];
      known.set(section, reason);
      return [{ section, error, reason }];
    });
    return [...Map.groupBy(changed, ({ reason }) => reason).values()].map((together) => {
      const error = together[0]?.error;
      return {
        sections: together.map(({ section }) => section),
        isEvery: isWhole(envelope) && together.length === all.length,
        error: error && { code: error.code, message: error.message },
      };
    });
  };
}

const SOUND = "";

/** Figures are left out: progress is no change. */
function reasonOf(error: SectionError | undefined): string {
  return error ? `${error.code}: ${error.message.replaceAll(/\d+/g, "")}` : SOUND;
}

function isWhole({ stages, queue, agents, cost }: GetMetricsResponse): boolean {
  return [stages, queue, agents, cost].every((section) => section !== undefined);
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
