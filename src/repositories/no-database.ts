/** The store of a service that only watches processes: there is nothing to read, and so nothing but them to show. */
import type { Repository, Snapshot } from "./repository.ts";
import { failed, ok, type Reading } from "./source-failure.ts";

const NO_AGENTS = ok({ running: [], total: 0 });
const NO_PROCFS = failed("unavailable", "there is no procfs, so that no processes can be watched");
const NO_DATABASE = failed("unimplemented", "only processes are watched: give --database for all else");

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
