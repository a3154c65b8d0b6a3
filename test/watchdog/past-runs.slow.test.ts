/** Past runs, polled at the default interval. */
import { it } from "vitest";
import { expectTruthOverAWeek } from "./simulated-week.ts";

it("matches the true cost of a week of 2,000 runs by task, agent, model and day", async () => {
  await expectTruthOverAWeek(2_000, 0.25, ["task", "agent", "model", "day"]);
}, 300_000);
