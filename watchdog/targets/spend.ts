/** Computes a target's spending from the growth of its sums and of the cost of each run. */
import { numberAt } from "../history/by-name.ts";
import type { SeenRuns } from "./runs.ts";

/** An amount that was spent evenly from `from` to `to`, as far as is known; milliseconds since the epoch, US dollars. */
export interface Increment {
  readonly from: number;
  readonly to: number;
  readonly usd: Readonly<Record<string, number>>;
}

/** The sums that were last seen, stored over a restart. */
export interface Counter {
  readonly at: number;
  readonly epoch: string;
  readonly costs: Readonly<Record<string, number>>;
  /** Absent if they could not be read. */
  readonly runs?: SeenRuns | undefined;
}

/** Smaller changes are rounding or manual corrections, not spending. */
const SMALLEST_USD = 1e-6;

/**
 * Returns what was spent between two readings; undefined if they cannot be compared: the first one, another database, or a
 * time that does not advance. For each model it is the growth of its sum or of its runs (`byRuns`), whichever is larger.
 * Both are lower bounds: a sum falls when runs are deleted, and not every run is listed.
 */
export function increment(
  before: Counter | undefined,
  after: Counter,
  byRuns: Readonly<Record<string, number>> = {},
): Increment | undefined {
  if (before === undefined || before.epoch !== after.epoch || after.at <= before.at) return undefined;
  const usd = new Map<string, number>();
  // A run's model may become known while it runs. Its cost then moves from one name to another.
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

interface Entry {
  readonly from: number;
  readonly to: number;
  readonly usd: number;
}

const LONGEST_ENTRY_MILLISECONDS = 60_000;

/** Recent spending over all models: the last hour by the minute, and the day. */
export function createLedger() {
  let entries: readonly Entry[] = [];
  return {
    add({ from, to, usd }: Increment): void {
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
    /** US dollars since a time within the last hour, or since midnight. An amount that began earlier counts in proportion. */
    between: (start: number, end: number): number =>
      entries.reduce((sum, { from, to, usd }) => {
        const share = (Math.min(to, end) - Math.max(from, start)) / (to - from);
        return share > 0 ? sum + usd * share : sum;
      }, 0),
  };
}

/** By the minute for the last hour. Older amounts are only needed for the day. */
function areOne(entry: Entry, next: Entry, hourAgo: number): boolean {
  const isMinute = entry.to === next.from && next.to - entry.from <= LONGEST_ENTRY_MILLISECONDS;
  return isMinute || (next.to <= hourAgo && startOfDay(entry.from) === startOfDay(next.to));
}

function join({ from, usd }: Entry, next: Entry): Entry {
  return { from, to: next.to, usd: usd + next.usd };
}
