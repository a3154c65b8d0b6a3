/**
 * Records what the watchdog's API returns while a suite runs: each change of each run's verdict, its alerts,
 * and each envelope.
 */
import type { AgentNow, Alert } from "../../watchdog/api.ts";
import type { Verdict } from "../../watchdog/judgement/verdict.ts";

export interface DatedVerdict {
  /** When it was read, in milliseconds since the epoch. */
  readonly at: number;
  readonly verdict: Verdict;
}

/** The current state of the watched target. */
export interface View {
  /** When its last envelope was read. */
  readonly readAt: number;
  readonly agents: readonly Pick<AgentNow, "runId" | "verdict">[];
  readonly alerts: readonly Alert[];
}

export interface Observer {
  /** Returns whether there was a new reading. */
  look(view: View): boolean;
  /** Returns each change of the run's verdict, and its last verdict. */
  verdicts(runId: string): readonly DatedVerdict[];
  /** Returns the alerts that fired. */
  alerts(runId: string): readonly Alert[];
}

export function createObserver(): Observer {
  const verdicts = new Map<string, DatedVerdict[]>();
  const alerts = new Map<string, Map<string, Alert>>();
  let readAt = 0;
  return {
    look({ readAt: at, agents, alerts: open }) {
      const isNew = at !== readAt;
      readAt = at;
      if (isNew) {
        for (const { runId, verdict } of agents) {
          const list = verdicts.get(runId) ?? [];
          verdicts.set(runId, list);
          const [before, last] = [list.at(-2), list.at(-1)];
          // The last one stands alone, since its evidence is the newest.
          if (
            before &&
            last &&
            before.verdict.name === last.verdict.name &&
            last.verdict.name === verdict.name
          )
            list.pop();
          list.push({ at, verdict });
        }
      }
      for (const alert of open) {
        const { run_id: runId } = alert.labels;
        if (runId === undefined || alert.firedAt === undefined) continue;
        const fired = alerts.get(runId) ?? new Map<string, Alert>();
        alerts.set(runId, fired);
        const key = `${alert.rule} ${alert.firedAt}`;
        if (!fired.has(key)) fired.set(key, alert);
      }
      return isNew;
    },
    verdicts: (runId) => verdicts.get(runId) ?? [],
    alerts: (runId) => [...(alerts.get(runId)?.values() ?? [])],
  };
}
