/** The state of `top`: the watchdog's last answer and the user's choices. */
import type { Fleet, Target } from "../api.ts";
import { filtered, type ListedAgent, ordered, withWorkItems } from "../page/views/target/agent-list.ts";
import { isSilenced } from "../words/states.ts";

export interface Answer {
  readonly fleet: Fleet;
  readonly targets: readonly Target[];
}

export interface View {
  readonly answer?: Answer;
  /** Why the watchdog does not answer; empty if it does. */
  readonly failure: string;
  /** As in the page's address: "cost", or "-cost" for the reverse. */
  readonly order: string;
  readonly filter: string;
  readonly isTyping: boolean;
  /** The `id` of an agent. If it is not listed, the first agent is selected. */
  readonly selected: string;
  /** The result of the last key. */
  readonly message: string;
}

export const START: View = {
  ...{ failure: "", order: "verdict", filter: "", isTyping: false, selected: "", message: "" },
};

export interface Row extends ListedAgent {
  readonly id: string;
  readonly target: Target;
  /** Times are shown up to this reading. */
  readonly readAt: number;
  readonly isSilenced: boolean;
}

/** Returns the agents that pass the filter, in the chosen order. */
export function listed({ answer, filter, order }: View): readonly Row[] {
  const rows = (answer?.targets ?? []).flatMap((target) =>
    withWorkItems(target).map((agent) => ({
      ...agent,
      id: JSON.stringify([target.summary.name, agent.runId]),
      target,
      readAt: target.summary.readAt ?? target.now,
      isSilenced: alertsOf(target, agent.runId).some((alert) => isSilenced(alert, target.now)),
    })),
  );
  return ordered(filtered(rows, new URLSearchParams({ text: filter })), order);
}

export const alertsOf = ({ alerts }: Target, runId: string) =>
  alerts.filter(({ labels }) => labels.run_id === runId);

export function selectedIndex({ selected }: View, rows: readonly Row[]): number {
  const index = rows.findIndex(({ id }) => id === selected);
  return Math.max(0, index);
}
