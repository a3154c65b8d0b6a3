/** One alert as the watchdog keeps it: what the page is told, and what the book needs. Plain data, kept as JSON. */
import { createHash } from "node:crypto";
import type { Alert } from "../api.ts";

export interface AlertRecord extends Alert {
  /** From here its `for` time counts: when the condition was first seen without a gap since. */
  readonly heldFrom: number;
  /** When the condition was last seen. */
  readonly lastSeen: number;
  /** When it was last sent as firing; absent: never, and then its end is not sent either. */
  readonly notifiedAt?: number;
}

export function fingerprintOf(
  rule: string,
  target: string,
  labels: Readonly<Record<string, string>>,
): string {
  const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash("sha256")
    .update(JSON.stringify([rule, target, sorted]))
    .digest("hex")
    .slice(0, 16);
}

/** Of what silences a rule, a target, or a rule at a target. */
export function idOf(rule = "", target = ""): string {
  return fingerprintOf(rule, target, { silence: "all" });
}

export function toAlert({ heldFrom, lastSeen, notifiedAt, ...alert }: AlertRecord): Alert {
  return alert;
}
