/** Outcomes as a Markdown table. */
import { inWords } from "../../watchdog/judgement/words.ts";
import type { Assessment } from "./assess.ts";
import type { Label } from "./scenarios.ts";

interface Assessed extends Assessment {
  readonly scenario: Label;
}

export function report(outcomes: readonly Assessed[]): string {
  const rows = outcomes.map(({ scenario, verdict, secondsToVerdict, falseAlarms }) =>
    [
      scenario.name,
      scenario.truth,
      verdict.name,
      secondsToVerdict === undefined ? "none" : inWords(secondsToVerdict),
      falseAlarms.length,
      verdict.signals.join(", "),
      verdict.evidence,
    ].join(" | "),
  );
  return [
    "| scenario | truth | verdict | time to verdict | false alarms | signals that decided | evidence |",
    "| --- | --- | --- | --- | --- | --- | --- |",
    ...rows.map((row) => `| ${row} |`),
  ].join("\n");
}

/** What is not as it should be, a line each. */
export function faults(outcomes: readonly Assessed[]): readonly string[] {
  return outcomes.flatMap(({ scenario, verdict, secondsToVerdict, falseAlarms, last }) => [
    ...(secondsToVerdict === undefined
      ? [`${scenario.name}: never ${scenario.truth}: ${verdict.evidence}`]
      : []),
    ...falseAlarms
      .slice(0, 1)
      .map(({ name, evidence }) => `${scenario.name}: false alarm: ${name}: ${evidence}`),
    ...([scenario.truth, ...(scenario.also ?? [])].includes(last.name)
      ? []
      : [`${scenario.name}: ${last.name} in the end: ${last.evidence}`]),
  ]);
}
