/** The watched targets: adds, removes and polls them, and restores what an earlier run stored. */
import type { TargetAddress } from "../config/targets-file.ts";
import type { Thresholds } from "../config/thresholds.ts";
import type { History } from "../history/history.ts";
import type { HeldAgents } from "./agents.ts";
import { type PollerOptions, startPoller } from "./poller.ts";
import { createTargetReader, type ReaderOptions } from "./read-target.ts";
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
  /** Called for a reading for which this process lacked time. */
  readonly starved: () => void;
  /** Called with an unexpected error of one target, which must not stop the others. */
  readonly complain: (target: string, error: unknown) => void;
  readonly now: () => number;
  readonly polled: PollerOptions["polled"];
}

/** The state of the agents is large and may be a little old: the judgement continues from there. */
const KEEP_MILLISECONDS = 45_000;
const HOUR = 3_600_000;

interface Entry {
  readonly target: Target;
  readonly reader: ReturnType<typeof createTargetReader>;
  readonly runs: ReturnType<typeof createRunLog>;
  keptAt: number;
}

export function startFleet(options: FleetOptions) {
  const { history, now } = options;
  let entries = new Map<string, Entry>();

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

  async function poll(name: string): Promise<void> {
    const entry = entries.get(name);
    if (!entry) return;
    const outcome = await entry.reader.read();
    if (!outcome) {
      options.starved();
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

  const poller = startPoller({
    pollMilliseconds: options.pollMilliseconds,
    poll: (name) => poll(name).catch((error: unknown) => options.complain(name, error)),
    polled: options.polled,
  });

  return {
    get targets(): readonly Target[] {
      return [...entries.values()].map(({ target }) => target);
    },
    get: (name: string): Target | undefined => entries.get(name)?.target,
    set(addresses: readonly TargetAddress[]): void {
      const next = new Map<string, Entry>();
      for (const address of addresses) {
        const known = entries.get(address.name);
        // Its token may now come from another file.
        const reader = createTargetReader(address, options.reader);
        const target = known?.target.address.url === address.url ? known.target : restore(address);
        const runs = known?.runs ?? createRunLog();
        next.set(address.name, { target, reader, runs, keptAt: known?.keptAt ?? now() });
      }
      entries = next;
      poller.set([...next.keys()]);
    },
    /** Stores what a restart needs of each target. */
    keep(): void {
      for (const entry of entries.values()) keep(entry, now());
    },
    close: (): Promise<void> => poller.close(),
  };
}
