/**
 * Breakers and gates from the orchestrator's own functions instead of its tables: for an orchestrator that
 * keeps them in memory and mounts this service in its own process. A function may throw; its part alone is
 * then unavailable.
 */
import { checked } from "./check-rows.ts";
import type { BreakerRow, GateRow, PartName, Repository, Snapshot } from "./repository.ts";
import { failed, ok, type Reading, SourceError } from "./source-failure.ts";

export interface GuardFunctions {
  readonly breakers?: (() => readonly BreakerRow[] | Promise<readonly BreakerRow[]>) | undefined;
  readonly gates?: (() => readonly GateRow[] | Promise<readonly GateRow[]>) | undefined;
}

/** `onUnexpected` hears of what a function threw; the answer says only that it failed. */
export function withGuards(
  repository: Repository,
  functions: GuardFunctions,
  onUnexpected: (error: unknown) => void = () => {},
): Repository {
  const replaced = (["breakers", "gates"] as const).filter((name) => functions[name] !== undefined);
  return {
    async read(parts: readonly PartName[]): Promise<Snapshot> {
      const fromTables = parts.filter((part) => !replaced.some((name) => name === part));
      const snapshot = await repository.read(fromTables);
      const merged: { -readonly [Key in keyof Snapshot["parts"]]: Snapshot["parts"][Key] } = {
        ...snapshot.parts,
      };
      if (parts.includes("breakers") && functions.breakers) {
        merged.breakers = await call(functions.breakers, "breaker", onUnexpected);
      }
      if (parts.includes("gates") && functions.gates) {
        merged.gates = await call(functions.gates, "gate", onUnexpected);
      }
      const all = Object.entries(merged).map(([part, reading]) => [part, checked<unknown>(part, reading)]);
      return { sourceEpoch: snapshot.sourceEpoch, parts: Object.fromEntries(all) };
    },
    ...(repository.examine && {
      examine: (countsVisits) => repository.examine?.(countsVisits) ?? Promise.resolve([]),
    }),
    ...(repository.warnings && { warnings: () => repository.warnings?.() ?? Promise.resolve([]) }),
    close: () => repository.close(),
  };
}

async function call<Row>(
  read: () => readonly Row[] | Promise<readonly Row[]>,
  noun: string,
  onUnexpected: (error: unknown) => void,
): Promise<Reading<readonly Row[]>> {
  try {
    return ok(await read());
  } catch (error) {
    if (error instanceof SourceError) return { ok: false, failure: error.failure };
    onUnexpected(error);
    return failed("unavailable", `the orchestrator's ${noun} state could not be read: its source failed`);
  }
}
