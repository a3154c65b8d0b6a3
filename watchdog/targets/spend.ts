/** What a target spent in which time: from the differences of its sums, and of the cost of each run. */
import { numberAt } from "../history/by-name.ts";
import type { SeenRuns } from "./runs.ts";

/** Spent evenly from `from` to `to`, as far as anybody knows; milliseconds since the epoch, US dollars. */
export interface Increment {
  readonly from: number;
  readonly to: number;
  readonly usd: Readonly<Record<string, number>>;
}

/** The sums last seen; to be kept over a restart. */
export interface Counter {
  readonly at: number;
  readonly epoch: string;
  readonly costs: Readonly<Record<string, number>>;
  /** Absent where they could not be read, and in a file of an older version. */
  readonly runs?: SeenRuns | undefined;
}

/** Rounding of the sums, and corrections by hand, are no spending. */
const SMALLEST_USD = 1e-6;

/**
 * What was spent between two sights of the counter; undefined where they do not compare: the first, another database,
 * a time that does not advance. For each model it is what its sum grew by, or its runs (`byRuns`), whichever is more: both
 * are lower bounds. A sum falls when runs are deleted, and not every run is listed.
 */
export function increment(
  before: Counter | undefined,
  after: Counter,
  byRuns: Readonly<Record<string, number>> = {},
): Increment | undefined {
  if (before === undefined || before.epoch !== after.epoch || after.at <= before.at) return undefined;
  const usd = new Map<string, number>();
  // A run's model may become known while it runs: what it had spent moves from one name to the other.
  const moved = Math.max(0, numberAt(before.costs, "") - numberAt(after.costs, ""));
  let left = moved;
  for (const [model, sum] of Object.entries(after.costs)) {
    const grown = sum - numberAt(before.costs, model);
    const known = model === "" ? 0 : Math.min(Math.max(0, grown), left);
    left -= known;
    if (grown - known > SMALLEST_USD) usd.set(model, grown - known);
  }
  for (const [model, spent] of Object.entries(byRuns)) {
    if (spent > Math.max(SMALLEST_USD, usd.get(model) ?? 0)) usd.set(model, spent);
  }
  return { from: before.at, to: after.at, usd: Object.fromEntries(usd) };
}

/** Midnight in the watchdog's time zone. */
export function startOfDay(now: number): number {
  return new Date(now).setHours(0, 0, 0, 0);
}

const HOUR = 3_600_000;

/** What was spent of late, over all models: the last hour by the minute, and the day. */
export interface Ledger {
  add(spent: Increment): void;
  /** US dollars since a time within the last hour, or since midnight; an increment that began before counts in proportion. */
  between(from: number, to: number): number;
}

interface Entry {
  readonly from: number;
  readonly to: number;
  readonly usd: number;
}

const LONGEST_ENTRY_MILLISECONDS = 60_000;

export function createLedger(): Ledger {
  let entries: readonly Entry[] = [];
  return {
    add({ from, to, usd }) {
      const sum = Object.values(usd).reduce((total, each) => total + each, 0);
      const oldest = Math.min(startOfDay(to), to - HOUR);
      const joined: Entry[] = [];
      for (const entry of [...entries, { from, to, usd: sum }]) {
        const last = joined.at(-1);
        if (last && areOne(last, entry, to - HOUR)) joined[joined.length - 1] = join(last, entry);
        else if (entry.to > oldest) joined.push(entry);
      }
      entries = joined;
    },
    between: (start, end) =>
      entries.reduce((sum, { from, to, usd }) => {
        const share = (Math.min(to, end) - Math.max(from, start)) / (to - from);
        return share > 0 ? sum + usd * share : sum;
      }, 0),
  };
}

/** By the minute while it is of the last hour; what is older is asked for by the day alone. */
function areOne(entry: Entry, next: Entry, hourAgo: number): boolean {
  const isMinute = entry.to === next.from && next.to - entry.from <= LONGEST_ENTRY_MILLISECONDS;
  return isMinute || (next.to <= hourAgo && startOfDay(entry.from) === startOfDay(next.to));
}

function join({ from, usd }: Entry, next: Entry): Entry {
  return { from, to: next.to, usd: usd + next.usd };
}
