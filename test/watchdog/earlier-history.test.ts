/** Records of an earlier version: verdicts that no longer exist. */
import { expect, it } from "vitest";
import { bucket, type Point } from "../../watchdog/history/point.ts";
import { toAgentSeries } from "../../watchdog/history/series.ts";

const EARLIER = "waiting_on_stream" as "waiting_on_peer";

it("the history keeps a verdict that no longer exists, also in an hourly point", () => {
  const points = [1, 2, 3].map((minute): Point => {
    const agent = { runId: "7", cpu: 0, childrenCpu: 0, switches: 9, verdict: EARLIER };
    return { at: minute * 60_000, agents: [agent] };
  });
  const [hour] = bucket(points, 3_600_000);
  expect(hour?.agents[0]?.verdict).toBe(EARLIER);
  expect(toAgentSeries(points, "7").bands.map(({ verdict }) => verdict)).toEqual([EARLIER]);
});
