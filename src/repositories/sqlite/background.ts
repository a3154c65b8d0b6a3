/**
 * The pace at which history is read between the requests: the first time quickly, then round and round at a
 * small share of one core.
 */
import type { HistoryWork } from "./reader.ts";

/** While sums are missing: half a core. */
const FIRST_PASS_SHARE = 0.5;

/** Once all has been read: of one core. Ten million rows in each table then take six minutes a round. */
const VERIFYING_SHARE = 0.025;

/** On a rollback journal, where each piece holds up a commit. */
const VERIFYING_SHARE_WITH_LOCK = 0.005;

/** How often to look for a commit while all is read. */
const REST_MILLISECONDS = 1_000;

/** Several segments in one go while sums are missing: a timer for each would take longer than they do. */
const BURST_MILLISECONDS = 8;

export interface Background {
  /** To be called after each reading. */
  resume(): void;
  /** Whether a round is still going on that began after the last `resume`. */
  readonly isBusy: boolean;
  stop(): void;
}

/** `step` reads one piece; undefined where there is none to read. */
export function background(step: () => HistoryWork | undefined): Background {
  let timer: NodeJS.Timeout | undefined;
  /** Pieces still to be read until everything was read since the last `resume`. */
  let left = Number.POSITIVE_INFINITY;

  function run(): void {
    const began = performance.now();
    let work = step();
    left -= 1;
    while (work && !work.isComplete && performance.now() - began < BURST_MILLISECONDS) work = step();
    left = Math.min(left, work?.segments ?? 0);
    timer = setTimeout(run, work ? pause(performance.now() - began, work) : REST_MILLISECONDS);
  }

  return {
    resume() {
      left = Number.POSITIVE_INFINITY;
      timer ??= setTimeout(run, 0);
    },
    get isBusy() {
      return left > 0;
    },
    stop() {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}

/** Milliseconds to rest after so many of work. */
function pause(took: number, { isComplete, locks }: HistoryWork): number {
  const verifying = locks ? VERIFYING_SHARE_WITH_LOCK : VERIFYING_SHARE;
  return took / (isComplete ? verifying : FIRST_PASS_SHARE) - took;
}
