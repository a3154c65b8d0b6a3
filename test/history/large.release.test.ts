/** A history too large for one response, as a user sees it. */
import { describe, expect, it } from "vitest";
import { run } from "../support/database.ts";
import { eventually, runProgram, startProgram } from "../support/service.ts";
import { createLargeDatabase, ROWS } from "./large-database.ts";

describe("a large history", () => {
  it("is unavailable with its progress during the first pass, and everything else is returned", async () => {
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

  it("is read to its end by snapshot, also for a stopped orchestrator", async () => {
    using database = createLargeDatabase();
    const live = JSON.parse((await runProgram(["snapshot", "--database", database.path])).stdout);
    database.stop();
    const stopped = JSON.parse((await runProgram(["snapshot", "--database", database.path])).stdout);
    expect(live.cost.totals.runs).toBe(ROWS);
    expect(stopped.cost.totals).toEqual(live.cost.totals);
    expect(Date.parse(stopped.generated_at) - Date.parse(stopped.cost.history_as_of)).toBeLessThan(500);
  });
});
