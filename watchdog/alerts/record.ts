/** One alert as the watchdog keeps it: what the page is told, and what the book needs. Plain data, kept as JSON. */
import { createHash } from "node:crypto";
import type { Alert } from "../api.ts";

export interface AlertRecord extends Alert {
  /** From here its `for` time counts: when the condition was first seen without a gap since. */
  readonly heldFrom: number;
  /** When the condition was last seen. */
  readonly lastSeen: number;
  /** Whether the receivers were told that it fires, and must be told that it no longer does. */
  readonly notified: boolean;
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

export function toAlert({ heldFrom, lastSeen, notified, ...alert }: AlertRecord): Alert {
  return alert;
}

export function isSilenced({ silencedUntil }: Alert, now: number): boolean {
  return silencedUntil !== undefined && silencedUntil > now;
}
