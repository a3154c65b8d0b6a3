/** Reads each part by itself: what breaks one leaves the others. */
import { type Fault, type Reading, sound } from "../fault.ts";
import type { PartName, Parts } from "../repository.ts";
import { faultFor } from "./faults.ts";
import type { History } from "./history/history.ts";
import { readAgents } from "./parts/agents.ts";
import { readCost } from "./parts/cost.ts";
import { readBreakers, readGates } from "./parts/guards.ts";
import { readQueue } from "./parts/queue.ts";
import { readRunningJobs } from "./parts/running-jobs.ts";
import { readStages } from "./parts/stages.ts";
import { only, type PartContext, type Query } from "./query.ts";

export type PartReadings = { [Name in PartName]?: Reading<Parts[Name]> };

const READERS: { readonly [Name in PartName]: (context: PartContext) => Parts[Name] } = {
  stages: readStages,
  queue: readQueue,
  runningJobs: readRunningJobs,
  breakers: readBreakers,
  gates: readGates,
  agents: readAgents,
  cost: readCost,
};

/** `unexpected` gets the stack of whatever is neither SQLite's nor the system's word. */
export function readPart<Name extends PartName>(
  name: Name,
  context: PartContext,
  unexpected: string[],
): Reading<Parts[Name]> {
  try {
    return sound(READERS[name](context));
  } catch (error) {
    return { ok: false, fault: faultOrBug(error, unexpected) };
  }
}

/** Unix epoch milliseconds for each part that has history: everything committed before is in its sums. */
export interface HistoryAsOf {
  readonly queue: number;
  readonly cost: number;
}

export function historyAsOf(history: History, nowMs: number): HistoryAsOf {
  return { queue: history.asOfMs("jobs", nowMs), cost: history.asOfMs("agent_runs", nowMs) };
}

/** Delayed jobs become due without a commit. */
export function becameDue(reading: Reading<object>, nowMs: number): boolean {
  return (
    reading.ok &&
    "nextAvailableAtMs" in reading.value &&
    typeof reading.value.nextAvailableAtMs === "number" &&
    reading.value.nextAvailableAtMs <= nowMs
  );
}

/** The same fault for every part: the database as a whole cannot be read. */
export function allBroken(parts: readonly PartName[], fault: Fault): PartReadings {
  return Object.fromEntries(parts.map((part) => [part, { ok: false, fault }]));
}

export function faultOrBug(error: unknown, unexpected: string[]): Fault {
  const fault = faultFor(error);
  if (fault) return fault;
  unexpected.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return { code: "internal", message: "an unexpected error in orch-metrics; its log has the details" };
}

const TABLES_WITH_IDS = ["tasks", "jobs", "agent_runs"] as const;

/** The highest id of each table; a table that cannot be read has none. They fall only when history is lost. */
export function readHighestIds(
  query: Query,
): Readonly<Record<(typeof TABLES_WITH_IDS)[number], number | null>> {
  const ids = TABLES_WITH_IDS.map((table) => [table, highestId(query, table)]);
  return Object.fromEntries(ids);
}

function highestId(query: Query, table: string): number | null {
  try {
    return Number(only(query(`SELECT MAX(rowid) AS id FROM ${table}`)).id ?? 0);
  } catch {
    return null;
  }
}
