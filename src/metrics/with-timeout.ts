/**
 * Calls of the system that may hang, as those of a network file system do, each with a timeout. A call that hangs holds a
 * thread of Node's pool, which has four, and compressing an answer needs one.
 */

/** At once; the others wait for their turn. */
const MOST_RUNNING = 2;

/** Nobody waits longer, neither for the answer nor for the turn. */
const PATIENCE_MILLISECONDS = 500;

/** Resolves with what the call gives, or with `otherwise` where it fails, or takes too long. */
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
      // How long this thread is busy with something else is not the call's fault.
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
