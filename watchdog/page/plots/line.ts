/** The data of a plot. */
import type { AgentSeries } from "../../api.ts";

export interface Line {
  readonly name: string;
  /** One value per time; null is a gap. */
  readonly values: readonly (number | null)[];
  /** Drawn in grey over a grey area, for values that do not count. */
  readonly shaded?: boolean;
}

export interface PlotData {
  /** The range of the time axis; milliseconds since the epoch. */
  readonly span: readonly [number, number];
  /** Milliseconds since the epoch, ascending. */
  readonly times: readonly number[];
  readonly lines: readonly Line[];
  /** Each line is drawn on top of those before it, as parts of a sum. */
  readonly stacked?: boolean;
  /** Time spans with a verdict each, drawn behind the lines. */
  readonly bands?: AgentSeries["bands"];
}

/** The steps of an axis of numbers. Labels have at most two decimals, so 2.5 or 0.025 would be rounded. */
export const ROUND_STEPS = Array.from({ length: 12 }, (_, power) =>
  [1, 2, 5].map((digit) => Number(`${digit}e${power - 2}`)),
).flat();

/** For things that are counted. */
export const WHOLE_STEPS = ROUND_STEPS.filter((step) => step >= 1);

/** Round durations in seconds. */
export const DURATION_STEPS = [
  1, 5, 10, 20, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 21_600, 43_200, 86_400, 172_800,
  604_800,
];

/** The dashes of the lines, in order, so that they differ without colour. There are as many colours. */
export const DASHES: readonly (readonly number[])[] = [[], [6, 3], [2, 3], [10, 3, 2, 3], [1, 5], [12, 5]];

/** Merges the lines that do not fit into one. */
export function merged(lines: readonly Line[], name: string): readonly Line[] {
  if (lines.length <= DASHES.length) return lines;
  const kept = lines.slice(0, DASHES.length - 1);
  const rest = lines.slice(DASHES.length - 1);
  return [...kept, { name, values: sums(rest).at(-1) ?? [] }];
}

/** Adds each line to those before it; null only if no value is known. */
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
