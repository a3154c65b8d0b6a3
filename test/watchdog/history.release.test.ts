/** The history's file over weeks with one point a minute: its levels, its sums and its size. */
import { describe, it } from "vitest";
import { expectLevelsOverThirtyDays, expectUnderItsSize } from "./long-history.ts";

describe("the history", () => {
  it("keeps raw readings for hours and hourly points for months, without losing spending", () => {
    expectLevelsOverThirtyDays(1);
  }, 120_000);

  it("stays under its size limit, and drops the oldest raw readings first", () => {
    expectUnderItsSize({ days: 10, agents: 80, maxBytes: 4e6 });
  }, 120_000);
});
