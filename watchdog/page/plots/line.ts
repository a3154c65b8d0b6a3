/** What a plot is made of. */
import type { AgentSeries } from "../../api.ts";

export interface Line {
  readonly name: string;
  /** One for each time; null is a gap. */
  readonly values: readonly (number | null)[];
  /** Drawn in grey over a grey area: what does not count. */
  readonly shaded?: boolean;
}

export interface PlotData {
  /** From where to where the axis reaches; milliseconds since the epoch. */
  readonly span: readonly [number, number];
  /** Milliseconds since the epoch, rising. */
  readonly times: readonly number[];
  readonly lines: readonly Line[];
  /** Each line on top of the ones before, as parts of a sum. */
  readonly stacked?: boolean;
  /** Stretches of time with a verdict each, behind the lines. */
  readonly bands?: AgentSeries["bands"];
}

/** Round numbers of seconds on a clock. */
export const DURATION_STEPS = [
  1, 5, 10, 20, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 21_600, 43_200, 86_400, 172_800,
  604_800,
];

/** So many lines are told apart by colour and dash. */
const MOST_LINES = 6;

/** The strokes of the lines, in their order: also without colour no two are alike. */
export const DASHES: readonly (readonly number[])[] = [[], [6, 3], [2, 3], [10, 3, 2, 3], [1, 5], [12, 5]];

/** The lines from the last one that fits on, as one. */
export function merged(lines: readonly Line[], name: string): readonly Line[] {
  if (lines.length <= MOST_LINES) return lines;
  const kept = lines.slice(0, MOST_LINES - 1);
  const rest = lines.slice(MOST_LINES - 1);
  return [...kept, { name, values: sums(rest).at(-1) ?? [] }];
}

/** Each line's values and those of the lines before it, added up; null only where none is known. */
export function sums(lines: readonly Line[]): (number | null)[][] {
  let below: readonly (number | null)[] | undefined;
  return lines.map(({ values }) => {
    const before = below;
    const sum = values.map((value, index) => {
      const under = before?.[index] ?? null;
      return value === null && under === null ? null : (value ?? 0) + (under ?? 0);
    });
    below = sum;
    return sum;
  });
}
