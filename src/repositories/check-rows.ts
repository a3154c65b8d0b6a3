/** Rows that an orchestrator's own code returns, checked against their types, which plain JavaScript is not. */
import type { PartName } from "./repository.ts";
import { SourceError } from "./source-failure.ts";

/** The fields of a row; one with a question mark may be null, or left out. */
const FIELDS = fields({
  runningJobs: "jobId:text taskId:text? kind:text? startedAtMs:time? attempts:count? maxAttempts:count?",
  breakers: "name:text state:text failures:count openedAtMs:time? retryAtMs:time? updatedAtMs:time?",
  gates: "scope:text holderTaskId:text? acquiredAtMs:time? waiting:count",
});

/** google.protobuf.Timestamp ends with the year 9999. */
const LAST_MILLISECOND = 253_402_300_799_999;

const EXPECTED: Readonly<Record<string, readonly [what: string, check: (value: unknown) => boolean]>> = {
  text: ["text", (value) => typeof value === "string"],
  count: ["a whole number from 0", (value) => Number.isSafeInteger(value) && Number(value) >= 0],
  time: [
    "a number of milliseconds since 1970",
    (value) => typeof value === "number" && value >= 0 && value <= LAST_MILLISECOND,
  ],
};

/** Throws a `data_loss` SourceError that names the first field that is wrong. */
export function checkRows(part: PartName, rows: unknown): void {
  const checks = FIELDS.get(part);
  if (checks === undefined) return;
  if (!Array.isArray(rows)) throw wrong(part, "a list of rows");
  for (const [index, row] of rows.entries())
    for (const { name, type, isOptional } of checks) {
      const value: unknown = row?.[name];
      const [what, check] = EXPECTED[type] as (typeof EXPECTED)[string];
      if (!(isOptional && (value ?? null) === null) && !check(value))
        throw wrong(`${part}[${index}].${name}`, isOptional ? `${what}, or null` : what);
    }
}

function wrong(where: string, what: string): SourceError {
  return new SourceError({ code: "data_loss", message: `${where} must be ${what}` });
}

function fields(lists: Partial<Record<PartName, string>>) {
  const parsed = Object.entries(lists).map(([part, list]) => {
    const each = list.split(" ").map((field) => {
      const [name = "", type = ""] = field.replace("?", "").split(":");
      return { name, type, isOptional: field.endsWith("?") };
    });
    return [part, each] as const;
  });
  return new Map<string, (typeof parsed)[number][1]>(parsed);
}
