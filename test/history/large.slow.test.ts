/** A history too large to be read within one answer, as its user meets it. */
import { describe, expect, it } from "vitest";
import { createDatabase, run, type TestDatabase } from "../support/database.ts";
import { eventually, runProgram, startProgram } from "../support/service.ts";

const ROWS = 200_000;
/** Several segments, yet verified within a quarter of a minute. */
const FEW_ROWS = 10_000;
const AT = "'2026-01-31T12:00:00.000Z'";

function createLargeDatabase({ journal = "wal", rows = ROWS } = {}): TestDatabase {
  const database = createDatabase({ journal });
  const numbers = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})`;
  database.connection.exec(`BEGIN;
    INSERT INTO jobs (kind, status, attempts, available_at, created_at)
      ${numbers} SELECT 'developer', 'done', 1, ${AT}, ${AT} FROM n;
    INSERT INTO agent_runs (agent, model, started_at, finished_at, cost_usd)
      ${numbers} SELECT 'developer', 'm', ${AT}, ${AT}, 0.5 FROM n;
    COMMIT`);
  return database;
}

describe("a large history", () => {
  it("is unavailable with its progress while it is read the first time; all else is there", async () => {
    using database = createLargeDatabase();
    database.insert("agent_runs", run(ROWS + 1, { cost_usd: 1 }));
    await using service = await startProgram(database.path);
    const first = await service.metrics();
    for (const section of [first.cost, first.queue]) {
      expect(section?.error).toMatchObject({
        code: "unavailable",
        message: expect.stringMatching(/^the history of (jobs|runs) is still being read: \d+ % so far$/),
      });
    }
    expect(first.stages?.error).toBeNull();
    expect(first.agents?.running).toHaveLength(1);
    expect(first.queue?.breakers?.error).toBeNull();
    expect((await service.get("/health")).status).toBe(200);
    await eventually("it is read", async () => {
      const { cost, queue } = await service.metrics();
      return cost?.error === null && queue?.error === null;
    });
    const { cost, queue } = await service.metrics();
    expect(cost?.totals).toMatchObject({ runs: ROWS + 1, cost_usd: ROWS / 2 + 1 });
    expect(queue?.counts).toMatchObject({ done: ROWS });
    // One line for the whole pass, not one for each percent.
    expect(service.log().match(/still being read/g)).toHaveLength(2);
  });

  it.each(["wal", "delete"])("shows at once that the oldest rows were pruned (%s)", async (journal) => {
    using database = createLargeDatabase({ journal });
    await using service = await startProgram(database.path);
    await eventually("it is read", async () => (await service.metrics()).cost?.error === null);
    database.connection.exec("DELETE FROM agent_runs WHERE id <= 150000");
    const isGone = async () => (await service.metrics()).cost?.totals?.runs === ROWS - 150_000;
    await eventually("the rows are gone", isGone);
  });

  it.each(["wal", "delete"])(
    "shows a correction of an old row after a round of verification, and dates its sums by it (%s)",
    { timeout: 150_000 },
    async (journal) => {
      using database = createLargeDatabase({ journal, rows: FEW_ROWS });
      await using service = await startProgram(database.path);
      await eventually("it is read", async () => (await service.metrics()).cost?.error === null);
      database.connection.exec("UPDATE agent_runs SET cost_usd = 1000.5 WHERE id = 5000");
      const corrected = Date.now();
      await eventually(
        "the date passes the correction",
        async () => {
          const { cost } = await service.metrics();
          return Date.parse(cost?.history_as_of ?? "") > corrected;
        },
        120,
      );
      expect((await service.metrics()).cost?.totals?.cost_usd).toBe(FEW_ROWS / 2 + 1000);
    },
  );

  it("is read to its end by snapshot, of a stopped orchestrator too", async () => {
    using database = createLargeDatabase();
    const live = JSON.parse((await runProgram(["snapshot", "--database", database.path])).stdout);
    database.stop();
    const stopped = JSON.parse((await runProgram(["snapshot", "--database", database.path])).stdout);
    expect(live.cost.totals.runs).toBe(ROWS);
    expect(stopped.cost.totals).toEqual(live.cost.totals);
    expect(Date.parse(stopped.generated_at) - Date.parse(stopped.cost.history_as_of)).toBeLessThan(500);
  });
});
