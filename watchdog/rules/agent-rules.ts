/** Rules over the verdicts of the running agents. */

import { readable } from "../judgement/fields.ts";
import type { VerdictName } from "../judgement/verdict.ts";
import type { JudgedAgent } from "../targets/agents.ts";
import type { Finding, Rule } from "./finding.ts";

/** `says` completes "developer (run 41, task 48) …". The rule applies to agents with this verdict that `isMeant` accepts. */
function ruleOf(
  name: VerdictName,
  says: string,
  isMeant: (agent: JudgedAgent) => boolean = () => true,
): Rule {
  return ({ target }) => {
    const section = readable(target.envelope?.agents);
    if (!section) return "unknown";
    const findings = target.agents.flatMap((judged): Finding[] => {
      const { agent } = judged;
      const { verdict } = agent;
      const unknown = verdict.name === "not_known_yet";
      if (!unknown && (verdict.name !== name || !isMeant(judged))) return [];
      const labels = {
        agent: agent.agent,
        run_id: agent.runId,
        ...(agent.taskId === "" ? {} : { task_id: agent.taskId }),
      };
      const task = agent.taskId === "" ? "" : `, task ${agent.taskId}`;
      return [
        {
          labels,
          summary: `${agent.agent} (run ${agent.runId}${task}) ${says}`,
          evidence: verdict.evidence,
          since: verdict.since,
          ...(verdict.limit && { thresholds: Object.fromEntries([verdict.limit]) }),
          ...(unknown && { unknown }),
        },
      ];
    });
    // A truncated list says nothing about runs that are missing from it.
    return section.runningOmitted > 0 && findings.length === 0 ? "unknown" : findings;
  };
}

export const agentRules = {
  "agent-hung": ruleOf("hung", "is hung"),
  "agent-spinning": ruleOf("spinning", "uses CPU and makes no progress"),
  "agent-waits-for-person": ruleOf("waiting_for_person", "waits for a person"),
  "agent-stopped": ruleOf("stopped", "is stopped, or one of its children is"),
  "agent-zombie": ruleOf("zombie", "has ended, but its parent has not reaped it"),
  "agent-gone": ruleOf("gone", "is recorded as running, but its process is gone"),
  "agent-orphaned": ruleOf("orphaned", "still runs although its task is finished"),
  "agent-pid-reused": ruleOf(
    "pid_reused",
    "is recorded as running, but its pid now belongs to another process",
  ),
  // The service on the run's host sees it.
  "agent-not-visible": ruleOf(
    "not_visible",
    "cannot be watched: its process is not visible",
    ({ state }) => state.observed.newest.presence !== "other_host",
  ),
};
