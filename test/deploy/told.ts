/** What is told of the database and the agent of `orchestrator.ts`, wherever the service runs. */

// biome-ignore lint/suspicious/noExplicitAny: JSON as it comes, whose places are named by the checks.
async function metrics(port: number): Promise<any> {
  return (await fetch(`http://127.0.0.1:${port}/metrics`)).json();
}

/** Whether the service answers, and no section is broken. */
export async function isSound(port: number): Promise<boolean> {
  try {
    const { stages, queue, agents, cost } = await metrics(port);
    return [stages, queue, agents, cost, queue.breakers, queue.gates].every(({ error }) => error === null);
  } catch {
    return false;
  }
}

/** Throws for what is missing, or another value. */
export async function expectAllTold(port: number): Promise<void> {
  const { stages, queue, agents, cost } = await metrics(port);
  expectEqual("stages", stages.counts, { review: 1 });
  expectEqual("queued jobs", queue.counts.queued, 1);
  expectEqual("breakers", queue.breakers.items.length, 1);
  expectEqual("cost", cost.totals.cost_usd, 1.5);
  expectEqual("presence", agents.running[0].presence, "running");
  // Only the agent's own user is told.
  if (agents.running[0].process.read_chars === null) throw new Error("the agent's io is not told");
}

export function expectEqual(what: string, actual: unknown, expected: unknown): void {
  if (JSON.stringify(actual) === JSON.stringify(expected)) return;
  throw new Error(`${what}: ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`);
}
