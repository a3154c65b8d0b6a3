/** Readers and a writer, all at full speed. */
import { describe, it } from "vitest";
import { expectNoCommitRefused, hasSeenWrites } from "./full-speed.ts";

describe("writers at full speed", () => {
  it("are never refused a commit while two readers read (wal)", async () => {
    await expectNoCommitRefused({ journal: "wal", readers: 2, isEnough: hasSeenWrites });
  });

  for (const journal of ["wal", "delete"] as const) {
    it(`are never refused a commit while eight readers read (${journal})`, async () => {
      let end = 0;
      const isEnough = () => {
        end ||= Date.now() + 1_500;
        return Date.now() >= end;
      };
      // A busy machine may start it late.
      await expectNoCommitRefused({ journal, readers: 8, options: { deadlineSeconds: 60 }, isEnough });
    });
  }
});
