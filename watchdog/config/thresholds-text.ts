/** The thresholds file with every default, as `--print-thresholds` prints it and docs/watchdog.md shows it. */
import { DEFAULT_JUDGEMENT } from "../judgement/thresholds.ts";
import { RULES } from "./rules.ts";
import { ALERTS, BUDGET, JUDGEMENT, type NumberDefinition, POLLING, snakeCase } from "./thresholds.ts";

export function thresholdsText(): string {
  return [
    "judgement:",
    ...Object.entries(JUDGEMENT).map(([name, describe]) =>
      line(2, snakeCase(name), { value: DEFAULT_JUDGEMENT[name as keyof typeof JUDGEMENT], describe }),
    ),
    ...block("budget", BUDGET),
    ...block("polling", POLLING),
    ...block("alerts", ALERTS),
    "# Every rule also takes `enabled: false`.",
    "rules:",
    ...Object.entries(RULES).flatMap(([name, { describe, severity, forSeconds, numbers }]) => [
      `  # ${describe}`,
      `  ${name}:`,
      `    severity: ${severity}`,
      `    for_seconds: ${forSeconds}`,
      ...Object.entries(numbers).map(([key, definition]) => line(4, key, definition)),
    ]),
    "# Any part of judgement, budget, polling and rules, for one target by its name.",
    "targets: {}",
    "",
  ].join("\n");
}

function block(name: string, definitions: Readonly<Record<string, NumberDefinition>>): string[] {
  return [`${name}:`, ...Object.entries(definitions).map(([key, definition]) => line(2, key, definition))];
}

function line(indent: number, key: string, { value, describe }: NumberDefinition): string {
  return `${" ".repeat(indent)}${key}: ${value ?? "null"} # ${describe}`;
}
