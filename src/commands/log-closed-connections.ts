/** Cut connections in the log: the first of a reason at once, then at most a line a minute, so that a flood fills no disk. */
import type { Logger } from "../../shared/log.ts";

const QUIET_MILLISECONDS = 60_000;

/** To be called with the reason of each cut. */
export function logClosedConnections(log: Logger): (reason: string) => void {
  const quiet = new Map<string, { cuts: number }>();

  function tell(reason: string, cuts: number): void {
    log.warn({ cuts }, `cut ${cuts === 1 ? "a connection" : `${cuts} connections`}: ${reason}`);
    const since = { cuts: 0 };
    quiet.set(reason, since);
    setTimeout(() => {
      quiet.delete(reason);
      if (since.cuts > 0) tell(reason, since.cuts);
    }, QUIET_MILLISECONDS).unref();
  }

  return (reason) => {
    const since = quiet.get(reason);
    if (since) since.cuts += 1;
    else tell(reason, 1);
  };
}
