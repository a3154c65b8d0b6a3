/** One alert as the watchdog stores it: the fields of the API, and those that only the book needs. Kept as JSON. */
import { hash } from "node:crypto";
import type { Alert } from "../api.ts";

export interface AlertRecord extends Alert {
  /** The start of the `for` time: when the condition was first seen, without a gap since. */
  readonly heldFrom: number;
  /** When the condition was last seen. */
  readonly lastSeen: number;
  /** When it was last sent as firing; absent if never. Then its resolution is not sent either. */
  readonly notifiedAt?: number;
}

export function fingerprintOf(
  rule: string,
  target: string,
  labels: Readonly<Record<string, string>>,
): string {
  const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return hash("sha256", JSON.stringify([rule, target, sorted])).slice(0, 16);
}

/** The id of a silence of a rule, a target, or a rule at a target. */
export function idOf(rule = "", target = ""): string {
  return fingerprintOf(rule, target, { silence: "all" });
}

export function toAlert({ heldFrom, lastSeen, notifiedAt, ...alert }: AlertRecord): Alert {
  return alert;
}
