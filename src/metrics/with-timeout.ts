/**
 * Runs system calls that may hang, as on a network file system, with a timeout. A call that hangs occupies a thread
 * of Node's pool, which has four and is also needed to compress responses.
 */

/** Calls at once. Others wait for their turn. */
const MOST_RUNNING = 2;

/** The maximum wait, both for the result and for the turn. */
const PATIENCE_MILLISECONDS = 500;

/** Resolves with the result of the call, or with `otherwise` if it fails or takes too long. */
export type CallWithTimeout = <T>(call: () => Promise<T>, otherwise: T) => Promise<T>;

export function callsWithTimeout(): CallWithTimeout {
  let running = 0;
  const waiting = new Set<() => void>();
  return <T>(call: () => Promise<T>, otherwise: T) =>
    new Promise<T>((resolve) => {
      const begin = async () => {
        waiting.delete(begin);
        running += 1;
        const answer = await call().catch(() => otherwise);
        running -= 1;
        clearImmediate(before);
        clearTimeout(patience);
        resolve(answer);
        const [next] = waiting;
        next?.();
      };
      let patience: NodeJS.Timeout | undefined;
      // Time during which this thread is busy with something else does not count.
      const before = setImmediate(() => {
        patience = setTimeout(() => {
          waiting.delete(begin);
          resolve(otherwise);
        }, PATIENCE_MILLISECONDS);
      });
      if (running < MOST_RUNNING) void begin();
      else waiting.add(begin);
    });
}
