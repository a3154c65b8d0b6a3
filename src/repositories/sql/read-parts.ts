/** Reads each part by itself: what breaks one leaves the others. */
import { type Fault, type Reading, sound } from "../fault.ts";
import type { PartName, Parts } from "../repository.ts";
import type { PartContext } from "./part-context.ts";
import { readAgents } from "./parts/agents.ts";
import { readCost } from "./parts/cost.ts";
import { readBreakers, readGates } from "./parts/guards.ts";
import { readQueue } from "./parts/queue.ts";
import { readRunningJobs } from "./parts/running-jobs.ts";
import { readStages } from "./parts/stages.ts";
import type { StatementGenerator } from "./statements.ts";

export type PartReadings = { [Name in PartName]?: Reading<Parts[Name]> };

const READERS: { readonly [Name in PartName]: (context: PartContext) => StatementGenerator<Parts[Name]> } = {
  stages: readStages,
  queue: readQueue,
  runningJobs: readRunningJobs,
  breakers: readBreakers,
  gates: readGates,
  agents: readAgents,
  cost: readCost,
};

/** `unexpected` gets the stack of whatever is neither the database's nor the system's word. */
export function* readPart<Name extends PartName>(
  name: Name,
  context: PartContext,
  unexpected: string[],
): StatementGenerator<Reading<Parts[Name]>> {
  try {
    return sound(yield* READERS[name](context));
  } catch (error) {
    return { ok: false, fault: context.faultFor(error) ?? bug(error, unexpected) };
  }
}

/** The same fault for every part: the database as a whole cannot be read. */
export function allBroken(parts: readonly PartName[], fault: Fault): PartReadings {
  return Object.fromEntries(parts.map((part) => [part, { ok: false, fault }]));
}

export function bug(error: unknown, unexpected: string[]): Fault {
  unexpected.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return { code: "internal", message: "an unexpected error in orch-metrics; its log has the details" };
}
