/** The values that replace a runbook's placeholders for one alert. */
import type { Alert } from "../api.ts";
import type { Target } from "../targets/target.ts";
import type { Values } from "./documents.ts";

/** `url` is the page's address. */
export function valuesOf({ target: name, labels }: Alert, target: Target | undefined, url: string): Values {
  const run = target?.agents.find(({ agent }) => agent.runId === labels.run_id);
  const address = target?.address.url;
  return {
    "http://127.0.0.1:9977": address,
    "http://HOST:9977": address,
    "http://127.0.0.1:9978": url,
    PID: run?.agent.pid?.toString(),
    RUN: labels.run_id,
    TASK: labels.task_id,
    TARGET: name,
  };
}
