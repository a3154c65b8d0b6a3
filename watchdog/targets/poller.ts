/** Polls one target at its own offset within the interval, so that many are not polled at once. */

/** The distance of the first polls: a page should not wait for a whole interval. */
const FIRST_MILLISECONDS = 50;

/**
 * Polls the target number `index` of `all` at an interval. `poll` is called with its delay in milliseconds, and never
 * rejects. Returns a function that ends it and waits for a running poll.
 */
export function startPolling(
  pollMilliseconds: number,
  { index, all }: { readonly index: number; readonly all: number },
  poll: (late: number) => Promise<void>,
): () => Promise<void> {
  const begun = performance.now();
  const place = begun + (index / all) * pollMilliseconds;
  let stopped = false;
  let running = Promise.resolve();
  let timer = later(begun + Math.min(FIRST_MILLISECONDS * index, place - begun), 1);

  function later(due: number, next: number): NodeJS.Timeout {
    return setTimeout(
      () => {
        running = poll(performance.now() - due).then(() => {
          if (stopped) return;
          // A poll that took longer than the interval skips the turns that it missed.
          const turn = Math.max(next, Math.ceil((performance.now() - place) / pollMilliseconds));
          timer = later(place + turn * pollMilliseconds, turn + 1);
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
