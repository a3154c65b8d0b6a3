/** `orch-metrics profiles`: what comes with the program, a line for each. */
import { aligned } from "../../shared/settings-help.ts";
import type { SectionName } from "../profiles/contract.ts";
import { shippedProfiles } from "../profiles/shipped.ts";

/** What a profile gives, and by which of its sections. */
const GIVEN_BY: Readonly<Record<string, readonly SectionName[]>> = {
  stages: ["stages"],
  queue: ["jobs", "queue_counts", "job_history"],
  agents: ["agents"],
  cost: ["cost", "run_history"],
};

export async function profiles(): Promise<void> {
  const byName = Map.groupBy(shippedProfiles(), ({ name }) => name);
  const rows = [...byName].map(([name, dialects]) => {
    const { versions = "", sections = {} } = dialects[0] ?? {};
    const given = Object.keys(GIVEN_BY).filter((what) =>
      GIVEN_BY[what]?.some((section) => sections[section]),
    );
    const [version = ""] = /\d[\d.]*/.exec(versions) ?? [];
    return [name, version, dialects.map(({ dialect }) => dialect).join(", "), given.join(", ")];
  });
  process.stdout.write(`${aligned([["PROFILE", "VERSION", "DATABASE", "GIVES"], ...rows]).join("\n")}\n`);
}
