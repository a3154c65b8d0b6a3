/** The JSON Schema of the thresholds file, made from the definitions. */
import { RULES } from "./rules.ts";
import { ALERTS, BUDGET, JUDGEMENT, POLLING, snakeCase, type ThresholdsFile } from "./thresholds.ts";
import { parseChecked } from "./yaml-file.ts";

const NUMBER = { type: "number", minimum: 0 };
const SECONDS = { type: "number", minimum: 0, maximum: 31_536_000 };

/** Rules look back no further than the watchdog remembers in memory. */
const WINDOW = { type: "number", minimum: 60, maximum: 3600 };

function closed(properties: Record<string, unknown>) {
  return { type: ["object", "null"], additionalProperties: false, properties };
}

function numberFor(key: string): object {
  if (key === "window_seconds") return WINDOW;
  return key.endsWith("_seconds") ? SECONDS : NUMBER;
}

function numbersOf(keys: readonly string[]) {
  return Object.fromEntries(keys.map((key) => [key, numberFor(key)]));
}

const RULE_PROPERTIES = Object.fromEntries(
  Object.entries(RULES).map(([name, { numbers }]) => [
    name,
    closed({
      enabled: { type: "boolean" },
      severity: { enum: ["critical", "warning", "info"] },
      for_seconds: SECONDS,
      ...numbersOf(Object.keys(numbers)),
    }),
  ]),
);

const PART = {
  judgement: closed(numbersOf(Object.keys(JUDGEMENT).map(snakeCase))),
  rules: closed(RULE_PROPERTIES),
  budget: closed(
    Object.fromEntries(
      Object.keys(BUDGET).map((key) => [key, { type: ["number", "null"], exclusiveMinimum: 0 }]),
    ),
  ),
  polling: closed(numbersOf(Object.keys(POLLING))),
};

const THRESHOLDS_SCHEMA = {
  ...closed({
    ...PART,
    alerts: closed(numbersOf(Object.keys(ALERTS))),
    targets: { type: ["object", "null"], additionalProperties: closed(PART) },
  }),
};

/** Throws FileFaults. */
export function parseThresholds(text: string, fileName: string): ThresholdsFile {
  return parseChecked(text, fileName, THRESHOLDS_SCHEMA) as ThresholdsFile;
}
