/** Schedules polls: each target has its own offset within the interval, so that many are not polled at once. */

export interface PollerOptions {
  readonly pollMilliseconds: number;
  /** Polls it; never rejects. */
  readonly poll: (name: string) => Promise<void>;
  /** Called after each poll, with its delay and its duration in milliseconds. */
  readonly polled: (late: number, took: number) => void;
}

/** The distance of the first polls: a page should not wait for a whole interval. */
const FIRST_MILLISECONDS = 50;
/** A share of the interval, so that two watchdogs do not synchronize. */
const JITTER = 0.1;

export function startPoller({ pollMilliseconds, poll, polled }: PollerOptions) {
  const stops = new Map<string, () => Promise<void>>();

  function watch(name: string, index: number, all: number): () => Promise<void> {
    const begun = performance.now();
    const place = begun + (index / all) * pollMilliseconds;
    let stopped = false;
    let running = Promise.resolve();
    let timer = later(begun + Math.min(FIRST_MILLISECONDS * index, place - begun), 1);

    function later(due: number, next: number): NodeJS.Timeout {
      return setTimeout(
        () => {
          const started = performance.now();
          running = poll(name).then(() => {
            polled(started - due, performance.now() - started);
            if (stopped) return;
            // A poll that took longer than the interval skips the turns that it missed.
            const missed = Math.ceil((performance.now() - place) / pollMilliseconds - JITTER);
            const turn = Math.max(next, missed);
            const jitter = (Math.random() - 0.5) * JITTER * pollMilliseconds;
            timer = later(place + turn * pollMilliseconds + jitter, turn + 1);
          });
        },
        Math.max(0, due - performance.now()),
      );
    }

    return async () => {
      stopped = true;
      clearTimeout(timer);
      await running;
    };
  }

  return {
    /** Sets the targets. Those that stay keep their offset. */
    set(names: readonly string[]): void {
      const wanted = new Set(names);
      for (const [name, stop] of stops) {
        if (wanted.has(name)) continue;
        stops.delete(name);
        void stop();
      }
      for (const [index, name] of names.entries()) {
        if (!stops.has(name)) stops.set(name, watch(name, index, names.length));
      }
    },
    async close(): Promise<void> {
      await Promise.all([...stops.values()].map((stop) => stop()));
    },
  };
}
