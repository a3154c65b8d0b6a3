/** A few random histories. `random-histories.release.test.ts` runs many. */
import { describe, it } from "vitest";
import { expectSumsOfFullScans, expectSumsOfRestoredFile } from "./histories.ts";

describe("random histories", () => {
  for (const journal of ["wal", "delete"] as const) {
    it(`have the sums of a full scan after every step (${journal})`, async () => {
      await expectSumsOfFullScans(journal, 2);
    });
  }

  it("have the sums of a full scan with text keys too", async () => {
    await expectSumsOfFullScans("wal", 2, "texts");
  });

  it("have the older file's sums after it was restored in place of the newer one", async () => {
    await expectSumsOfRestoredFile();
  });
});
