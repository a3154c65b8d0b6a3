/** What a profile makes visible, read from its SELECTs. */
import type { SectionName } from "./contract.ts";
import type { Profile } from "./profile.ts";

/** By which of its sections a profile gives a section of the envelope. */
const GIVEN_BY = {
  queue: ["jobs", "queue_counts", "job_history"],
  stages: ["stages"],
  agents: ["agents"],
  cost: ["cost", "run_history"],
} as const satisfies Readonly<Record<string, readonly SectionName[]>>;

/** In the order in which people are shown them. */
export const CAPABILITIES = ["queue", "stages", "agents", "cost", "hung-or-busy"] as const;

type Capability = (typeof CAPABILITIES)[number];

/** To tell a hung agent from a busy one takes its process. */
export function capabilitiesOf({ sections }: Profile): ReadonlySet<Capability> {
  const gives = (capability: Capability) =>
    capability === "hung-or-busy"
      ? sections.agents !== undefined && !selectsNull(sections.agents.sql, "pid")
      : GIVEN_BY[capability].some((section) => sections[section]);
  return new Set(CAPABILITIES.filter(gives));
}

/** Whether the SELECT says that the column is unknown in every row, as in `NULL AS pid`. */
export function selectsNull(sql: string, column: string): boolean {
  return new RegExp(`(,|\\bSELECT|\\bDISTINCT)\\s*NULL(::\\w+)?\\s+AS\\s+"?${column}\\b`, "i").test(sql);
}
