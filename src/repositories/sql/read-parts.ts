/** Reads a database: its identity, and each part separately, so that one may fail alone. */
import { createHash } from "node:crypto";
import type { SectionName } from "../../profiles/contract.ts";
import type { PartName, Parts } from "../repository.ts";
import { namingSection, ok, type Reading, type SourceFailure } from "../source-failure.ts";
import { integerText, text } from "./columns.ts";
import type { PartContext } from "./part-context.ts";
import { readAgents } from "./parts/agents.ts";
import { readCost } from "./parts/cost.ts";
import { readBreakers, readGates, readQueue, readRunningJobs } from "./parts/queue.ts";
import { readStages } from "./parts/stages.ts";
import type { Source } from "./source.ts";
import { query, type StatementGenerator } from "./statements.ts";

const READERS: { readonly [Name in PartName]: (context: PartContext) => StatementGenerator<Parts[Name]> } = {
  stages: readStages,
  queue: readQueue,
  runningJobs: readRunningJobs,
  breakers: readBreakers,
  gates: readGates,
  agents: readAgents,
  cost: readCost,
};

export const PART_NAMES = Object.keys(READERS) as readonly PartName[];

export function* readPart<Name extends PartName>(
  name: Name,
  context: PartContext,
  onUnexpected: (stack: string) => void,
): StatementGenerator<Reading<Parts[Name]>> {
  try {
    return ok(yield* READERS[name](context));
  } catch (error) {
    const failure = context.source.toFailure(error) ?? bug(error, onUnexpected);
    const { section } = error as { section?: SectionName };
    return { ok: false, failure: section ? namingSection(failure, section) : failure };
  }
}

/** `onUnexpected` receives the stack of an error that comes from neither the database nor the system. */
export function bug(error: unknown, onUnexpected: (stack: string) => void): SourceFailure {
  onUnexpected(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return { code: "internal", message: "unexpected error in orch-metrics: see its log" };
}

/** Highest keys by name, as text. A lower key than before shows that history was lost. */
type HighestKeys = Readonly<Record<string, string>>;

/** Returns what the profile's `epoch` selects. Empty if there is none, or it cannot be read now. */
export function* highestKeys(source: Source): StatementGenerator<HighestKeys> {
  if (!source.has("epoch")) return {};
  try {
    const sql = `SELECT ${source.boundedColumn("epoch", "name")}, CAST(highest_key AS TEXT) AS highest_key FROM ${source.from("epoch")}`;
    const rows = yield* query("epoch", sql);
    return Object.fromEntries(rows.map((row) => [text(row, "name"), integerText(row, "highest_key")]));
  } catch (error) {
    if (source.toFailure(error) === undefined) throw error;
    return {};
  }
}

/**
 * Returns a function that identifies the database: an opaque text that changes when the file is replaced, or restored in place.
 * A file with another device and inode is another database. A restoration in place shows only in the highest keys, which are
 * lower than before. A migration is not a replacement, so `PRAGMA schema_version` does not count.
 */
export function sourceEpochs() {
  let known: { readonly identity: string; readonly highest: HighestKeys } | undefined;
  let restored = 0;
  return (identity: string, highest: HighestKeys): string => {
    const before: HighestKeys = known?.identity === identity ? known.highest : {};
    const isLower = ([name, key]: [string, string]) =>
      Object.hasOwn(before, name) && BigInt(key) < BigInt(before[name] as string);
    if (Object.entries(highest).some(isLower)) restored += 1;
    known = { identity, highest: { ...before, ...highest } };
    return createHash("sha256").update(`${identity} ${restored}`).digest("hex").slice(0, 16);
  };
}
