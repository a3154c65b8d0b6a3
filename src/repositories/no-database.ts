/** The store of a service that only watches processes: it has nothing to read. */
import type { Repository, Snapshot } from "./repository.ts";
import { failed, ok, type Reading } from "./source-failure.ts";

const NO_AGENTS = ok({ running: [], total: 0 });
const NO_PROCFS = failed("unavailable", "no procfs at --proc-root: cannot watch processes");
const NO_DATABASE = failed(
  "unimplemented",
  "the service watches processes only: set --database for the other sections",
);

export function noDatabase({ hasProcfs }: { readonly hasProcfs: boolean }): Repository {
  return {
    async read(parts): Promise<Snapshot> {
      const readings = parts.map((part): [string, Reading<unknown>] => [
        part,
        part !== "agents" ? NO_DATABASE : hasProcfs ? NO_AGENTS : NO_PROCFS,
      ]);
      return { sourceEpoch: "processes", parts: Object.fromEntries(readings) };
    },
    async close() {},
  };
}
