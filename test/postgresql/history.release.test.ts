/** History on PostgreSQL: read in pieces by its key, or as a whole without one. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseProfile } from "../../src/profiles/parse.ts";
import { openPostgresqlRepository } from "../../src/repositories/postgresql/open.ts";
import type { Repository } from "../../src/repositories/repository.ts";
import { type PostgresqlServer, REFERENCE_SCHEMA, startPostgresql } from "../support/postgresql.ts";
import { eventually } from "../support/service.ts";

const AT = "'2026-01-31T12:00:00.000Z'";
const ROWS = 60_000;

let server: PostgresqlServer;
let database: string;
beforeAll(async () => {
  server = await startPostgresql();
  database = await server.createDatabase();
  await server.exec(
    `${REFERENCE_SCHEMA};
     INSERT INTO agent_runs (id, agent, model, started_at, finished_at, cost_usd)
       SELECT i * 3, 'a', 'm' || i % 3, ${AT}, ${AT}, 0.5 FROM generate_series(1, ${ROWS}) AS i;
     INSERT INTO jobs (id, kind, status, attempts, available_at, created_at)
       SELECT i, 'a', CASE WHEN i % 1000 = 0 THEN 'queued' ELSE 'done' END, 1, ${AT}, ${AT} FROM generate_series(1, ${ROWS}) AS i;
     ANALYZE`,
    database,
  );
});
afterAll(() => server[Symbol.asyncDispose]());

async function sums(repository: Repository) {
  const { queue, cost } = (await repository.read(["queue", "cost"])).parts;
  if (!queue?.ok || !cost?.ok) return undefined;
  return {
    counts: Object.fromEntries(queue.value.counts.map(({ status, jobs }) => [status, jobs])),
    attempts: queue.value.retries?.attemptsTotal,
    costUsd: cost.value.byAgentModel.reduce((total, { usage }) => total + (usage.costUsd ?? 0), 0),
    runs: cost.value.byAgentModel.reduce((total, { usage }) => total + usage.runs, 0),
    asOfMs: cost.value.historyAsOfMs,
  };
}

describe("history on PostgreSQL", () => {
  it("shows the orchestrator's changes at once, and corrections of old rows by its date", {
    timeout: 120_000,
  }, async () => {
    const repository = openPostgresqlRepository({ url: server.url({ database }) });
    try {
      await eventually("it is read once", async () => (await sums(repository)) !== undefined, 20);
      expect(await sums(repository)).toMatchObject({
        counts: { done: ROWS * 0.999, queued: ROWS / 1000 },
        attempts: ROWS,
        costUsd: ROWS / 2,
        runs: ROWS,
      });
      // Finish a run, add one, and restart another.
      await server.exec(
        `UPDATE jobs SET status = 'done' WHERE id = 5000; UPDATE jobs SET status = 'running', attempts = 2 WHERE id = 7001;
         INSERT INTO agent_runs (id, agent, started_at, cost_usd) VALUES (1000000, 'b', ${AT}, 8)`,
        database,
      );
      expect(await sums(repository)).toMatchObject({
        counts: { done: ROWS * 0.999, queued: ROWS / 1000 - 1, running: 1 },
        attempts: ROWS + 1,
        costUsd: ROWS / 2 + 8,
      });
      await server.exec(
        "UPDATE agent_runs SET cost_usd = 100.5 WHERE id = 3000; DELETE FROM agent_runs WHERE id = 3003",
        database,
      );
      const corrected = Date.now();
      await eventually(
        "the date passes the correction",
        async () => ((await sums(repository))?.asOfMs ?? 0) > corrected,
        90,
      );
      expect(await sums(repository)).toMatchObject({ runs: ROWS, costUsd: ROWS / 2 + 8 + 100 - 0.5 });
    } finally {
      await repository.close();
    }
  });

  it("without a key is read at its own interval, and has a date", { timeout: 120_000 }, async () => {
    const slow = parseProfile(
      "mine",
      `-- dialect: postgresql
-- name: cost
SELECT agent, NULL AS model, count(*) AS runs, count(cost_usd) AS priced_runs, sum(cost_usd) AS cost_usd,
  NULL AS input_tokens, NULL AS output_tokens, NULL AS cache_read_tokens, NULL AS cache_creation_tokens
FROM agent_runs, (SELECT count(*) FROM generate_series(1, 300000)) AS slow GROUP BY agent`,
    );
    const repository = openPostgresqlRepository({ url: server.url({ database }), profile: slow });
    const read = async () => {
      const { cost } = (await repository.read(["cost"])).parts;
      if (!cost?.ok) throw new Error(JSON.stringify(cost));
      return cost.value;
    };
    try {
      const first = await read();
      const began = performance.now();
      const again = await read();
      // The second reading returns the first one's result with its date, without waiting.
      expect(performance.now() - began).toBeLessThan(150);
      expect(again.historyAsOfMs).toBe(first.historyAsOfMs);
      await eventually(
        "it is read again",
        async () => (await read()).historyAsOfMs > first.historyAsOfMs,
        90,
      );
    } finally {
      await repository.close();
    }
  });
});
