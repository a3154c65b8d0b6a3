/** Checks the types of rows that an orchestrator's own JavaScript functions return. */
import { isTime } from "../profiles/contract.ts";
import { failed, type Reading } from "./source-failure.ts";
import { fieldsOf } from "./sql/columns.ts";
import { timeInRange } from "./sql/ranges.ts";

/** The sections that hold the same rows. A nullable field may be missing too. */
const SECTIONS = { runningJobs: "queue_running", breakers: "breakers", gates: "gates" } as const;

/** Returns the reading, or a `data_loss` failure that names the first wrong field. */
export function checked<T>(part: string, reading: Reading<T>): Reading<T> {
  const wrong = reading.ok ? wrongIn(part, reading.value) : undefined;
  return wrong === undefined ? reading : failed("data_loss", `${part}${wrong}`);
}

function wrongIn(part: string, rows: unknown): string | undefined {
  if (!Object.hasOwn(SECTIONS, part)) return undefined;
  if (!Array.isArray(rows)) return " must be a list of rows";
  for (const { field, column } of fieldsOf(SECTIONS[part as keyof typeof SECTIONS])) {
    const { name, type, nullable } = column;
    const [what, isRight] = isTime(name) ? TIME : type === "text" ? TEXT : COUNT;
    const isMissing = (value: unknown) => nullable && (value ?? null) === null;
    const index = rows.findIndex((row) => !isRight(row?.[field]) && !isMissing(row?.[field]));
    if (index >= 0) return `[${index}].${field} must be ${what}${nullable ? ", or null" : ""}`;
  }
  return undefined;
}

type Check = readonly [what: string, isRight: (value: unknown) => boolean];

const TEXT: Check = ["text", (value) => typeof value === "string"];
const COUNT: Check = ["a whole number from 0", (value) => Number.isSafeInteger(value) && Number(value) >= 0];
const TIME: Check = ["a number of milliseconds since 1970", (value) => timeInRange(value) !== null];
