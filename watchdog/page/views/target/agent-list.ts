/** Filters and sorts the running agents. The address holds both settings. */
import type { AgentNow, Target } from "../../../api.ts";
import { verdictRank } from "../../../words/verdicts.ts";

/** An agent, with the work item of its task. */
export interface ListedAgent extends AgentNow {
  readonly workItem: string;
}

export function withWorkItems({ envelope, agents }: Target): readonly ListedAgent[] {
  const tasks = new Map((envelope?.stages?.tasks ?? []).map(({ id, work_item }) => [id, work_item]));
  return agents.map((agent) => ({ ...agent, workItem: tasks.get(agent.taskId) ?? "" }));
}

/** Filters that offer the values that occur. */
export const CHOICES = [
  { name: "verdict", label: "Verdict", read: ({ verdict }: ListedAgent) => verdict.name },
  { name: "cause", label: "Waits for", read: ({ verdict }: ListedAgent) => verdict.cause ?? "" },
  { name: "agent", label: "Agent", read: ({ agent }: ListedAgent) => agent },
  { name: "model", label: "Model", read: ({ model }: ListedAgent) => model },
] as const;

export type Choice = (typeof CHOICES)[number];

export function filtered<T extends ListedAgent>(
  agents: readonly T[],
  parameters: URLSearchParams,
): readonly T[] {
  const chosen = CHOICES.filter(({ name }) => parameters.has(name));
  const task = parameters.get("task")?.toLowerCase() ?? "";
  const words = (parameters.get("text") ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  return agents.filter(
    (agent) =>
      chosen.every(({ name, read }) => read(agent) === parameters.get(name)) &&
      `${agent.workItem}\n${agent.taskId}`.toLowerCase().includes(task) &&
      (words.length === 0 || isFound(agent, words)),
  );
}

function isFound(agent: ListedAgent, words: readonly string[]): boolean {
  const { runId, taskId, workItem, model, taskStage, host, pid, program, verdict } = agent;
  const all = [
    runId,
    agent.agent,
    model,
    taskId,
    workItem,
    taskStage,
    host,
    pid,
    program,
    verdict.name,
    verdict.evidence,
  ];
  const text = all.join("\n").toLowerCase();
  return words.every((word) => text.includes(word));
}

/** Sort keys, each with the most interesting value first. Unknown values come last. */
const ORDERS: Readonly<Record<string, (agent: ListedAgent) => number | string | undefined>> = {
  verdict: ({ verdict }) => verdictRank(verdict.name),
  agent: ({ agent }) => agent,
  task: ({ workItem, taskId }) => workItem || taskId || undefined,
  model: ({ model }) => model || undefined,
  cause: ({ verdict }) => verdict.cause,
  idle: ({ idleSince }) => idleSince,
  running: ({ runtimeSeconds }) => (runtimeSeconds === undefined ? undefined : -runtimeSeconds),
  cpu: ({ cores }) => (cores === undefined ? undefined : -cores),
  log: ({ logWrittenAt }) => logWrittenAt,
  tokens: ({ tokens }) => (tokens === undefined ? undefined : -tokens),
  cost: ({ costUsd }) => (costUsd === undefined ? undefined : -costUsd),
};

/** `order` as in the address: "cost", or "-cost" for the reverse. */
export function ordered<T extends ListedAgent>(agents: readonly T[], order: string): readonly T[] {
  const keyOf = ORDERS[order.replace(/^-/, "")] ?? ORDERS.verdict;
  const sign = order.startsWith("-") ? -1 : 1;
  const keyed = agents.map((agent) => ({ agent, value: keyOf?.(agent) }));
  keyed.sort((one, other) => compare(one.value, other.value, sign) || byRun(one.agent, other.agent));
  return keyed.map(({ agent }) => agent);
}

type Value = number | string | undefined;

function compare(one: Value, other: Value, sign: number): number {
  if (one === undefined || other === undefined)
    return Number(one === undefined) - Number(other === undefined);
  if (typeof one === "number" && typeof other === "number") return sign * (one - other);
  return sign * words.compare(String(one), String(other));
}

/** Compares numbers in a text as numbers. */
const words = new Intl.Collator("en", { numeric: true });

const byRun = (one: AgentNow, other: AgentNow) => words.compare(one.runId, other.runId);
