/** What the service reports about the database and the agent of `orchestrator.ts`, wherever it runs. */

/** The text of `GET /metrics`. Rejects or throws while the service does not answer. */
export type ReadMetrics = () => Promise<string> | string;

/** Returns whether the service answers, and no section has an error. */
export async function isOk(read: ReadMetrics): Promise<boolean> {
  try {
    const { stages, queue, agents, cost } = JSON.parse(await read());
    return [stages, queue, agents, cost, queue.breakers, queue.gates].every(({ error }) => error === null);
  } catch {
    return false;
  }
}

/** Throws for a missing or another value. */
export async function expectFullAnswer(read: ReadMetrics): Promise<void> {
  const { stages, queue, agents, cost } = JSON.parse(await read());
  expectEqual("stages", stages.counts, { review: 1 });
  expectEqual("queued jobs", queue.counts.queued, 1);
  expectEqual("breakers", queue.breakers.items.length, 1);
  expectEqual("cost", cost.totals.cost_usd, 1.5);
  expectEqual("presence", agents.running[0].presence, "running");
  // Only the agent's own user can read it.
  if (agents.running[0].process.read_chars === null) throw new Error("the agent's io is missing");
}

export function expectEqual(what: string, actual: unknown, expected: unknown): void {
  if (JSON.stringify(actual) === JSON.stringify(expected)) return;
  throw new Error(`${what}: ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`);
}
