/** A history whose groups do not fit into the reader process. */
import { mkdtempSync } from "node:fs";
import { expect, it } from "vitest";
import { INSERT_TASK, startOrchestrator } from "../support/orchestrator.ts";
import { eventually, startProgram } from "../support/service.ts";

const AT = "'2026-01-31T12:00:00.000Z'";

it("a history too large for the reader process fails its sections, and is read again once it is small", {
  timeout: 180_000,
}, async () => {
  // Use a folder in memory, since the database is large.
  const directory = mkdtempSync("/dev/shm/orch-metrics-test-");
  await using orchestrator = await startOrchestrator({ directory });
  await orchestrator.exec(INSERT_TASK);
  await using program = await startProgram(orchestrator.path);
  const stages = async () => (await program.metrics("?read_mask=stages")).stages;
  await eventually("it is read", async () => (await stages())?.counts?.review === 1, 60);
  // Fifty thousand agents with names of 3 kB, in pieces of history that are small enough each.
  await orchestrator.exec(
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
     INSERT INTO agent_runs (agent, started_at, finished_at)
     SELECT iif(i % 2, 'a', printf('%.*c%d', 3000, 'x', i)), ${AT}, ${AT} FROM n`,
  );
  const broken = new Set<string | undefined>();
  await eventually(
    "the process is ended for it",
    async () => {
      broken.add((await program.metrics("?read_mask=cost")).cost?.error?.message);
      return [...broken].some((message) => message?.includes("limit of time or memory"));
    },
    90,
  );
  await eventually("the others are read", async () => (await stages())?.counts?.review === 1, 60);
  expect((await program.get("/health")).status).toBe(200);
  await orchestrator.exec("DELETE FROM agent_runs");
  await eventually(
    "it is read again",
    async () => (await program.metrics("?read_mask=cost")).cost?.error === null,
    90,
  );
});
