/** Rules over the polls themselves. They work even if the envelope cannot be read. */
import type { TargetState } from "../api.ts";
import { duration } from "../words/text.ts";
import { found, type Rule } from "./finding.ts";

const UNREADABLE: Partial<Record<TargetState, string>> = {
  down: "is down",
  unauthenticated: "refuses access",
  other_schema: "uses another schema version",
};

const down: Rule<"target-down"> = ({ target, now }) => {
  const says = UNREADABLE[target.state];
  if (says === undefined) return [];
  const last =
    target.readAt === undefined ? "never read" : `last read ${duration((now - target.readAt) / 1000)} ago`;
  return found(`${target.address.name} ${says}`, `${target.note ?? target.state}; ${last}`);
};

const stale: Rule<"target-stale"> = ({ target }) => {
  if (target.state !== "stale") return UNREADABLE[target.state] === undefined ? [] : "unknown";
  return found(`${target.address.name} repeats the same answer`, target.note ?? "");
};

export const targetRules = { "target-down": down, "target-stale": stale };
