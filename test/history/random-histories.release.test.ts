/** Many random histories. A few of them are in `random-histories.test.ts`. */
import { describe, it } from "vitest";
import { expectSumsOfFullScans } from "./histories.ts";

describe("random histories", () => {
  for (const journal of ["wal", "delete"] as const) {
    it(`have the sums of a full scan after every step (${journal})`, { timeout: 120_000 }, async () => {
      await expectSumsOfFullScans(journal, 40);
    });
  }

  it("have them by keys that are texts too", { timeout: 120_000 }, async () => {
    await expectSumsOfFullScans("wal", 40, "texts");
  });
});
