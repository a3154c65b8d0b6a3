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
    { lockSeconds: 200 },
    { spinningSeconds: 400 },
    { peerSeconds: 700 },
    { childSeconds: 800 },
    { maxGapSeconds: 10_000 },
    { orphanedSeconds: 5 },
  ])("is demanding: it has false alarms with %o", (change) => {
    expect(replay(1, { ...DEFAULT_JUDGEMENT, ...change }, true).falseAlarms).not.toEqual([]);
  });
});
