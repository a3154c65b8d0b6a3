/** More days than `fleet.slow.test.ts` replays, and days with wrong thresholds. */
import { describe, expect, it } from "vitest";
import { DEFAULT_JUDGEMENT, type JudgementThresholds } from "../../watchdog/judgement/thresholds.ts";
import { expectGoodDay, replay } from "./replayed-day.ts";

describe("an accelerated day of a mixed fleet", () => {
  it.each([2, 3, 4, 5])(
    "has no false alarm, and each hung agent is detected in time (seed %i)",
    expectGoodDay,
  );

  it.each<Partial<JudgementThresholds>>([
    { lock_seconds: 200 },
    { spinning_seconds: 400 },
    { peer_seconds: 700 },
    { child_seconds: 800 },
    { max_gap_seconds: 10_000 },
    { orphaned_seconds: 5 },
  ])("is demanding: it has false alarms with %o", (change) => {
    expect(replay(1, { ...DEFAULT_JUDGEMENT, ...change }, true).falseAlarms).not.toEqual([]);
  });
});
