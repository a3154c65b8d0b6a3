/** Formats assessments as Markdown tables. */
import { duration } from "../../watchdog/words/text.ts";
import type { Assessment } from "./assess.ts";
import type { Truth } from "./scenario.ts";

const TRUTHS: Readonly<Record<Truth, string>> = {
  stuck: "stuck",
  healthy: "healthy",
  person: "waits for a person",
  at_rest: "done and at rest",
};

/** Returns, by truth, how many were right, the false alarms by name, and the longest time to the verdict. */
export function scoreTable(assessments: readonly Assessment[]): string {
  const rows = Object.entries(TRUTHS).flatMap(([truth, words]) => {
    const all = assessments.filter(({ label }) => label.truth === truth);
    if (all.length === 0) return [];
    const right = all.filter(({ isRight }) => isRight).length;
    const alarms = all.flatMap(({ label, falseAlarms }) =>
      falseAlarms.map((name) => `${label.name} (${name})`),
    );
    return [[words, all.length, right, alarms.join(", ") || "none", longest(truth as Truth, all)]];
  });
  return table(["truth", "number", "right", "false alarms", "time to name"], rows);
}

function longest(truth: Truth, assessments: readonly Assessment[]): string {
  const times = assessments.flatMap(({ secondsToName }) => secondsToName ?? []);
  return truth === "healthy" || times.length === 0 ? "–" : `at most ${duration(Math.max(...times))}`;
}

/** Returns one row per scenario. */
export function report(assessments: readonly Assessment[]): string {
  return table(
    ["scenario", "truth", "verdict", "time to name", "alert after", "right", "evidence"],
    assessments.map(({ label, faults, secondsToName, secondsToAlert, changes, last }) => [
      label.name,
      label.truth,
      last.verdict.name,
      label.truth === "healthy" ? "–" : seconds(secondsToName),
      label.truth === "healthy" ? "–" : seconds(secondsToAlert),
      [...(faults.length === 0 ? ["yes"] : [`no: ${faults.join("; ")}`]), ...flaps(changes)].join("; "),
      last.verdict.evidence,
    ]),
  );
}

const seconds = (value: number | undefined): string => (value === undefined ? "–" : duration(value));

const flaps = (changes: number): readonly string[] =>
  changes > 2 ? [`${changes} changes of the verdict`] : [];

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
