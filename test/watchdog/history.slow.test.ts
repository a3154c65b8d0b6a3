/** The history's file over weeks with a point a minute: its levels, its sums, and its size. */
import { describe, it } from "vitest";
import { expectLevelsOverThirtyDays, expectUnderItsSize } from "./long-history.ts";
import { expectToOutliveKill } from "./outlives-kill.ts";

it("outlives kill -9 at the program's own pace, which is a write every ten seconds", async () => {
  await expectToOutliveKill(["--poll-seconds", "1"], null);
}, 120_000);

describe("the history", () => {
  it("keeps readings for hours, and hours for months, and no sum of money is lost", () => {
    expectLevelsOverThirtyDays(1);
  }, 120_000);

  it("stays under its size, and gives up the oldest of the finest first", () => {
    expectUnderItsSize({ days: 10, agents: 80, maxBytes: 4e6 });
  }, 120_000);
});
