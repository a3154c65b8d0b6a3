/** Verification reads a history in rounds, with a small share of the time. */
import { describe, expect, it } from "vitest";
import { eventually, startProgram } from "../support/service.ts";
import { createLargeDatabase } from "./large-database.ts";

/** Several segments, but verified within a quarter of a minute. */
const FEW_ROWS = 10_000;

describe("a large history", () => {
  it.each(["wal", "delete"])(
    "shows a correction of an old row after a round of verification, and dates its sums accordingly (%s)",
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
});
