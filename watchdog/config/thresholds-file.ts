/** The thresholds file: how it is checked, and what it looks like with every default. */
import { boundsOf, linesOf, schemaOf } from "./numbers.ts";
import { RULES, SEVERITIES } from "./rules.ts";
import { SECTIONS, type ThresholdsFile } from "./thresholds.ts";
import { parseChecked } from "./yaml-file.ts";

/** Throws FileErrors. */
export function parseThresholds(text: string, fileName: string): ThresholdsFile {
  return parseChecked(text, fileName, SCHEMA) as ThresholdsFile;
}

/** As `--print-thresholds` prints it and docs/watchdog.md shows it. */
export function thresholdsText(): string {
  return [
    ...Object.entries(SECTIONS).flatMap(([name, numbers]) => [`${name}:`, ...linesOf(numbers, "  ")]),
    "# Every rule also takes `enabled: false`.",
    "rules:",
    ...Object.entries(RULES).flatMap(([name, { describe, severity, forSeconds, numbers }]) => [
      `  # ${describe}`,
      `  ${name}:`,
      `    severity: ${severity}`,
      `    for_seconds: ${forSeconds}`,
      ...linesOf(numbers, "    "),
    ]),
    "# Any part of judgement, budget, polling and rules, for one target by its name.",
    "targets: {}",
    "",
  ].join("\n");
}

function closed(properties: Readonly<Record<string, object>>) {
  return { type: ["object", "null"], additionalProperties: false, properties };
}

const RULE_SCHEMAS = Object.entries(RULES).map(([name, { numbers }]) => {
  const own = {
    enabled: { type: "boolean" },
    severity: { enum: SEVERITIES },
    for_seconds: boundsOf("for_seconds"),
  };
  return [name, closed({ ...own, ...schemaOf(numbers) })] as const;
});

const { alerts, ...ofTargets } = SECTIONS;

const PART = {
  ...Object.fromEntries(
    Object.entries(ofTargets).map(([name, numbers]) => [name, closed(schemaOf(numbers))]),
  ),
  rules: closed(Object.fromEntries(RULE_SCHEMAS)),
};

const SCHEMA = closed({
  ...PART,
  alerts: closed(schemaOf(alerts)),
  targets: { type: ["object", "null"], additionalProperties: closed(PART) },
});
