/** Many random histories. `random-histories.test.ts` runs a few. */
import { describe, it } from "vitest";
import { expectSumsOfFullScans } from "./histories.ts";

describe("random histories", () => {
  for (const journal of ["wal", "delete"] as const) {
    it(`have the sums of a full scan after every step (${journal})`, { timeout: 120_000 }, async () => {
      await expectSumsOfFullScans(journal, 40);
    });
  }

  it("have the sums of a full scan with text keys too", { timeout: 120_000 }, async () => {
    await expectSumsOfFullScans("wal", 40, "texts");
  });
});
