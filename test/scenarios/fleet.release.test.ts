/** More days than `fleet.slow.test.ts` replays. */
import { describe, it } from "vitest";
import { expectGoodDay } from "./replayed-day.ts";

describe("an accelerated day of a mixed fleet", () => {
  it.each([2, 3, 4, 5])(
    "has no false alarm, and each hung agent is detected in time (seed %i)",
    expectGoodDay,
  );
});
