/** Kills a watchdog, and expects the next one to know its spending and its series. */
import { statSync } from "node:fs";
import { expect } from "vitest";
import { eventually } from "../support/service.ts";
import { cost, startFakeTarget } from "./support/fake-target.ts";
import { createFolder, startWatchdog, type TestPace } from "./support/watchdog.ts";

/** With `pace` null, runs the program at its own pace. */
export async function expectToOutliveKill(flags: readonly string[], pace: TestPace | null): Promise<void> {
  using folder = createFolder();
  await using target = await startFakeTarget(cost(1, { large: 10 }));
  const args = ["--target", `main=${target.url}`, "--history", folder.file("history.db"), ...flags];
  await using first = await startWatchdog(args, { pace });
  const written = () => statSync(folder.file("history.db-wal")).mtimeMs;
  const read = async () => (await first.summary("main")).spentTodayUsd === 0;
  await eventually("it is read", read);
  target.envelope = { ...cost(2, { large: 12 }), queue: { counts: { queued: 5 } } };
  await eventually(
    "two are spent",
    async () => Math.round((await first.summary("main")).spentTodayUsd ?? 0) === 2,
  );
  await eventually("it has points", async () => (await first.series("main")).times.length > 6);
  // Wait for two writes: the first may contain no point.
  for (const which of ["the points are written", "and more are"]) {
    const before = written();
    await eventually(which, () => written() > before);
  }
  await first.stop("SIGKILL");
  target.envelope = cost(3, { large: 15 });
  await using second = await startWatchdog(args, { pace });
  await eventually("it is read", async () => (await second.summary("main")).state === "up");
  const spent = async () => Math.round((await second.summary("main")).spentTodayUsd ?? 0);
  await eventually("money spent meanwhile is counted", async () => (await spent()) === 5);
  const series = await second.series("main");
  expect(series.queued).toContain(5);
  expect(series.times.length).toBeGreaterThan(5);
}
