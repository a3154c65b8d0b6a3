/**
 * Takes breakers and gates from the orchestrator's own functions instead of its tables, for an orchestrator that
 * keeps them in memory and mounts this service. If a function throws, only its part is unavailable.
 */
import { checked } from "./check-rows.ts";
import type { BreakerRow, GateRow, PartName, Repository, Snapshot } from "./repository.ts";
import { failed, ok, type Reading, SourceError } from "./source-failure.ts";

export interface GuardFunctions {
  readonly breakers?: (() => readonly BreakerRow[] | Promise<readonly BreakerRow[]>) | undefined;
  readonly gates?: (() => readonly GateRow[] | Promise<readonly GateRow[]>) | undefined;
}

/** `onUnexpected` receives what a function threw. The response reports only that it failed. */
export function withGuards(
  repository: Repository,
  functions: GuardFunctions,
  onUnexpected: (error: unknown) => void = () => {},
): Repository {
  return {
    async read(parts: readonly PartName[]): Promise<Snapshot> {
      const own = (["breakers", "gates"] as const).filter((name) => functions[name] && parts.includes(name));
      const fromTables = parts.filter((part) => !own.some((name) => name === part));
      const snapshot = await repository.read(fromTables);
      const readings: [string, Reading<unknown>][] = Object.entries(snapshot.parts);
      for (const name of own) readings.push([name, await call(name, functions, onUnexpected)]);
      const all = readings.map(([part, reading]) => [part, checked(part, reading)]);
      return { sourceEpoch: snapshot.sourceEpoch, parts: Object.fromEntries(all) };
    },
    close: () => repository.close(),
  };
}

async function call(
  name: keyof GuardFunctions,
  functions: GuardFunctions,
  onUnexpected: (error: unknown) => void,
): Promise<Reading<unknown>> {
  try {
    return ok(await functions[name]?.());
  } catch (error) {
    if (error instanceof SourceError) return { ok: false, failure: error.failure };
    onUnexpected(error);
    const noun = name.slice(0, -1);
    return failed("unavailable", `cannot read the orchestrator's ${noun} state: the ${name} function failed`);
  }
}
