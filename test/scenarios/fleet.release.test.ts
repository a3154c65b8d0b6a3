/** More days than `fleet.slow.test.ts` replays. */
import { describe, it } from "vitest";
import { expectGoodDay } from "./replayed-day.ts";

describe("a day of a mixed fleet, replayed at speed", () => {
  it.each([2, 3, 4, 5])("has no false alarm, and each hung agent named in time (seed %i)", expectGoodDay);
});
