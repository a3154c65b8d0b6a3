/** The expected sums: a full scan of every row by the writer itself. */
import type Database from "better-sqlite3";

interface Run {
  agent: string;
  model: string | null;
  cost_usd: number | null;
  input_tokens: number | null;
  output_tokens: number | null;
}
interface Job {
  status: string;
  attempts: number;
  max_attempts: number;
}

export function fullScan(connection: Database.Database) {
  const jobs = connection.prepare("SELECT status, attempts, max_attempts FROM jobs").all() as Job[];
  const runs = connection.prepare("SELECT * FROM agent_runs").all() as Run[];
  const counts: Record<string, number> = {};
  for (const { status } of jobs) counts[status] = (counts[status] ?? 0) + 1;
  return {
    counts,
    retriedJobs: jobs.filter(({ attempts }) => attempts >= 2).length,
    attemptsTotal: jobs.reduce((sum, { attempts }) => sum + attempts, 0),
    exhaustedJobs: jobs.filter((job) => job.status === "failed" && job.attempts >= job.max_attempts).length,
    usage: usageOf(runs),
  };
}

function usageOf(runs: readonly Run[]) {
  const groups = Object.groupBy(runs, ({ agent, model }) => `${agent} ${model}`);
  return Object.fromEntries(
    Object.entries(groups).map(([name, group = []]) => [
      name,
      {
        runs: group.length,
        pricedRuns: group.filter(({ cost_usd }) => cost_usd !== null).length,
        costUsd: group.every(({ cost_usd }) => cost_usd === null)
          ? null
          : Math.round(group.reduce((sum, { cost_usd }) => sum + (cost_usd ?? 0), 0) * 1e6) / 1e6,
        inputTokens: sum(group.map(({ input_tokens }) => input_tokens)),
        outputTokens: sum(group.map(({ output_tokens }) => output_tokens)),
        cacheReadTokens: null,
        cacheCreationTokens: null,
      },
    ]),
  );
}

function sum(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((total, value) => total + value, 0);
}
