/** A reading that holds still, with another time up to which its history does. */
import type { Reading } from "../fault.ts";
import type { PartName } from "../repository.ts";
import type { HistoryAsOf } from "./live-reader.ts";

/** `asOfMs` gives Unix epoch milliseconds from those told before. The reading itself where it has no history. */
export function dated(
  name: PartName,
  reading: Reading<object> | undefined,
  asOfMs: (history: keyof HistoryAsOf, before: unknown) => unknown,
): Reading<object> | undefined {
  if (!reading?.ok || (name !== "queue" && name !== "cost")) return reading;
  const before = "historyAsOfMs" in reading.value ? reading.value.historyAsOfMs : undefined;
  return { ok: true, value: { ...reading.value, historyAsOfMs: asOfMs(name, before) } };
}
