/** A few random histories. Many are in `random-histories.release.test.ts`. */
import { describe, it } from "vitest";
import { expectSumsOfFullScans, expectSumsOfRestoredFile } from "./histories.ts";

describe("random histories", () => {
  for (const journal of ["wal", "delete"] as const) {
    it(`have the sums of a full scan after every step (${journal})`, async () => {
      await expectSumsOfFullScans(journal, 4);
    });
  }

  it("have them by keys that are texts too", async () => {
    await expectSumsOfFullScans("wal", 4, "texts");
  });

  it("have the sums of the older file once it was restored in place of the newer", async () => {
    await expectSumsOfRestoredFile();
  });
});
