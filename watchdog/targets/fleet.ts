/** The watched targets: adds, removes and polls them, and restores what an earlier run stored. */
import type { TargetAddress } from "../config/targets-file.ts";
import type { Thresholds } from "../config/thresholds.ts";
import type { History } from "../history/history.ts";
import type { HeldAgents } from "./agents.ts";
import { startPolling } from "./poller.ts";
import { createTargetReader, type ReaderOptions, type ReadTarget } from "./read-target.ts";
import { createRunLog } from "./run-log.ts";
import { type Counter, startOfDay } from "./spend.ts";
import { Target } from "./target.ts";
import { TRAIL_MILLISECONDS } from "./trail.ts";

export interface FleetOptions {
  readonly history: History;
  readonly reader: ReaderOptions;
  readonly pollMilliseconds: number;
  readonly thresholdsOf: (target: string) => Thresholds;
  /** Called after each reading, whatever its result. */
  readonly read: (target: Target, now: number) => void;
  /** Called with an unexpected error of one target, which must not stop the others. */
  readonly complain: (target: string, error: unknown) => void;
  readonly now: () => number;
  /** Called with the delay of each poll, in milliseconds. */
  readonly late: ((milliseconds: number) => void) | undefined;
}

export type WatchedFleet = ReturnType<typeof startFleet>;

/** The state of the agents is large and may be a little old: the judgement continues from there. */
const KEEP_MILLISECONDS = 45_000;
const HOUR = 3_600_000;

interface Entry {
  readonly target: Target;
  readonly read: ReadTarget;
  readonly runs: ReturnType<typeof createRunLog>;
  keptAt: number;
  readonly stop: () => Promise<void>;
}

export function startFleet(options: FleetOptions) {
  const { history, now, pollMilliseconds } = options;
  /** Since the start. Starved: the watchdog lacked time or file descriptors for the poll. */
  const polls = { polls: 0, seconds: 0, lateSeconds: 0, starved: 0 };
  let entries: ReadonlyMap<string, Entry> = new Map();
  const stopping = new AbortController();
  const readerOptions = { ...options.reader, stopped: stopping.signal };

  function restore(address: TargetAddress): Target {
    const { name } = address;
    const at = now();
    const recent = at - TRAIL_MILLISECONDS;
    // Starts at the end of an hour, so that no reading counts both alone and in its hour.
    const begin = recent - (recent % HOUR) + 1;
    return new Target(address, {
      // Null: no costs were ever read.
      counter: history.documents.get<Counter | null>("counter", name) ?? undefined,
      agents: history.documents.get<HeldAgents>("agents", name),
      points: [
        ...history.points(name, startOfDay(at), begin, "hour"),
        ...history.points(name, begin, at, "raw"),
      ],
    });
  }

  async function poll(name: string, late: number): Promise<void> {
    const started = performance.now();
    await read(name).catch((error: unknown) => options.complain(name, error));
    polls.polls += 1;
    polls.seconds += (performance.now() - started) / 1000;
    polls.lateSeconds += Math.max(0, late) / 1000;
    options.late?.(late);
  }

  async function read(name: string): Promise<void> {
    const entry = entries.get(name);
    if (!entry) return;
    const outcome = await entry.read();
    if (!outcome) {
      polls.starved += 1;
      return;
    }
    // It was removed or replaced meanwhile.
    if (entries.get(name) !== entry) return;
    const at = now();
    const point = entry.target.record(outcome, at, options.thresholdsOf(name));
    if (point && "envelope" in outcome) {
      history.add(name, point);
      for (const run of entry.runs.changes(outcome.envelope, at)) history.addRun(name, run);
      history.documents.put("counter", name, entry.target.counter ?? null);
      if (at - entry.keptAt >= KEEP_MILLISECONDS) keep(entry, at);
    }
    options.read(entry.target, at);
    entry.target.pack();
  }

  function keep(entry: Entry, at: number): void {
    entry.keptAt = at;
    history.documents.put("agents", entry.target.address.name, entry.target.heldAgents());
  }

  return {
    polls,
    get targets(): readonly Target[] {
      return [...entries.values()].map(({ target }) => target);
    },
    get: (name: string): Target | undefined => entries.get(name)?.target,
    /** Sets the targets. Those that stay keep their offset. */
    set(addresses: readonly TargetAddress[]): void {
      const before = entries;
      const next = addresses.map((address, index): [string, Entry] => {
        const { name, url } = address;
        const known = before.get(name);
        const place = { index, all: addresses.length };
        const entry = {
          target: known?.target.address.url === url ? known.target : restore(address),
          // Its token may now come from another file.
          read: createTargetReader(address, readerOptions),
          runs: known?.runs ?? createRunLog(),
          keptAt: known?.keptAt ?? now(),
          stop: known?.stop ?? startPolling(pollMilliseconds, place, (late) => poll(name, late)),
        };
        return [name, entry];
      });
      entries = new Map(next);
      for (const [name, { stop }] of before) if (!entries.has(name)) void stop();
    },
    /** Stores what a restart needs of each target, and ends the polls, whose answers are then ignored. */
    async close(): Promise<void> {
      const ended = [...entries.values()];
      for (const entry of ended) keep(entry, now());
      entries = new Map();
      stopping.abort();
      await Promise.all(ended.map(({ stop }) => stop()));
    },
  };
}
