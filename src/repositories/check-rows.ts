/** Checks the types of rows that an orchestrator's own JavaScript functions return. */
import { failed, type Reading } from "./source-failure.ts";

/** The fields of a row. A field with a question mark may be null or missing. */
const FIELDS: Readonly<Record<string, string>> = {
  runningJobs: "jobId:text taskId:text? kind:text? startedAtMs:time? attempts:count? maxAttempts:count?",
  breakers: "name:text state:text failures:count? openedAtMs:time? retryAtMs:time? updatedAtMs:time?",
  gates: "scope:text holderTaskId:text? acquiredAtMs:time? waiting:count?",
};

/** The last time that google.protobuf.Timestamp allows, in the year 9999. */
const LAST_MILLISECOND = 253_402_300_799_999;

const TYPES: Readonly<Record<string, readonly [name: string, check: (value: unknown) => boolean]>> = {
  text: ["text", (value) => typeof value === "string"],
  count: ["a whole number from 0", (value) => Number.isSafeInteger(value) && Number(value) >= 0],
  time: [
    "a number of milliseconds since 1970",
    (value) => typeof value === "number" && value >= 0 && value <= LAST_MILLISECOND,
  ],
};

/** Returns the reading, or a `data_loss` failure that names the first wrong field. */
export function checked<T>(part: string, reading: Reading<T>): Reading<T> {
  const wrong = reading.ok ? wrongIn(part, reading.value) : undefined;
  return wrong === undefined ? reading : failed("data_loss", `${part}${wrong}`);
}

function wrongIn(part: string, rows: unknown): string | undefined {
  const fields = FIELDS[part];
  if (fields === undefined) return undefined;
  if (!Array.isArray(rows)) return " must be a list of rows";
  for (const [, name = "", type = "", mark] of fields.matchAll(/(\w+):(\w+)(\??)/g)) {
    const [what, check] = TYPES[type] as (typeof TYPES)[string];
    const isRight = (row: Record<string, unknown> | null) =>
      check(row?.[name]) || (mark === "?" && (row?.[name] ?? null) === null);
    const index = rows.findIndex((row) => !isRight(row));
    if (index >= 0) return `[${index}].${name} must be ${what}${mark === "?" ? ", or null" : ""}`;
  }
  return undefined;
}
