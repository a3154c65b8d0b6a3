/** Eight readers beside a writer, all at full speed, for a while. Two, for a moment, are in `situations.test.ts`. */
import { describe, it } from "vitest";
import { expectNoCommitRefused } from "./full-speed.ts";

describe("writers at full speed", () => {
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
