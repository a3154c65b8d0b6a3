/** Past runs at the pace of the program. */
import { it } from "vitest";
import { expectTruthOverAWeek } from "./simulated-week.ts";

it("says to the cent what a week of 2,000 runs cost, read four times a minute", async () => {
  await expectTruthOverAWeek(2_000, 0.25, ["task", "agent", "model", "day"]);
}, 300_000);
