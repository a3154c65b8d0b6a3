/**
 * Logs closed connections: the first of a reason at once, then at most one line a minute, so that a flood cannot fill a disk.
 */
import type { Logger } from "../../shared/log.ts";

const QUIET_MILLISECONDS = 60_000;

/** Returns a function to call with the reason of each closed connection. */
export function logClosedConnections(log: Logger): (reason: string) => void {
  const quiet = new Map<string, { cuts: number }>();

  function report(reason: string, cuts: number): void {
    log.warn({ cuts }, `closed ${cuts === 1 ? "a connection" : `${cuts} connections`}: ${reason}`);
    const since = { cuts: 0 };
    quiet.set(reason, since);
    setTimeout(() => {
      quiet.delete(reason);
      if (since.cuts > 0) report(reason, since.cuts);
    }, QUIET_MILLISECONDS).unref();
  }

  return (reason) => {
    const since = quiet.get(reason);
    if (since) since.cuts += 1;
    else report(reason, 1);
  };
}
