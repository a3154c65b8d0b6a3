import { describe, it } from "vitest";
import { expectGoodDay } from "./replayed-day.ts";

describe("an accelerated day of a mixed fleet", () => {
  it("has no false alarm, and each hung agent is detected in time", () => expectGoodDay(1));
});
