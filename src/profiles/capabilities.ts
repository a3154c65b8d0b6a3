/** What a profile makes visible, derived from its SELECTs. */
import type { SectionName } from "./contract.ts";
import type { Profile } from "./profile.ts";

/** The profile sections that fill each section of the envelope. */
const GIVEN_BY = {
  queue: ["jobs", "queue_counts", "job_history"],
  stages: ["stages"],
  agents: ["agents"],
  cost: ["cost", "run_history"],
} as const satisfies Readonly<Record<string, readonly SectionName[]>>;

/** In display order. */
export const CAPABILITIES = ["queue", "stages", "agents", "cost", "hung-or-busy"] as const;

type Capability = (typeof CAPABILITIES)[number];

/** Returns the capabilities of a profile. `hung-or-busy` requires an agent's process, found by pid, open file or folder. */
export function capabilitiesOf({ sections }: Profile): ReadonlySet<Capability> {
  const gives = (capability: Capability) =>
    capability === "hung-or-busy"
      ? sections.agents !== undefined && findsProcess(sections.agents.sql)
      : GIVEN_BY[capability].some((section) => sections[section]);
  return new Set(CAPABILITIES.filter(gives));
}

function findsProcess(sql: string): boolean {
  return !selectsNull(sql, "pid") || /\bAS (open_file|cwd)\b/i.test(sql);
}

/** Whether the SELECT returns NULL for the column in every row, as in `NULL AS pid`. */
export function selectsNull(sql: string, column: string): boolean {
  return new RegExp(`(,|\\bSELECT|\\bDISTINCT)\\s*NULL(::\\w+)?\\s+AS\\s+"?${column}\\b`, "i").test(sql);
}
