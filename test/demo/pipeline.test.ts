/** The demo's queue over some minutes: a demo that runs for long still shows healthy figures. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { stepPipeline } from "../../demo/pipeline.ts";
import { openSqliteDatabase } from "../../demo/sqlite-database.ts";

const TICK_MILLISECONDS = 250;
const MINUTE_TICKS = 240;

it("the demo's queue fills and drains every minute, and does not grow", async () => {
  const folder = mkdtempSync(join(tmpdir(), "orch-metrics-test-"));
  vi.useFakeTimers({ toFake: ["Date"] });
  const database = openSqliteDatabase(join(folder, "demo.db"));
  try {
    const began = Date.now();
    const minutes: { most: number; fewest: number }[] = [];
    await database.transaction(async () => {
      for (let step = 0; step < 6 * MINUTE_TICKS; step += 1) {
        vi.setSystemTime(began + step * TICK_MILLISECONDS);
        await stepPipeline(database, step);
        const [row] = await database.all("SELECT count(*) AS queued FROM jobs WHERE status = 'queued'");
        const queued = Number(row?.queued);
        if (step % MINUTE_TICKS === 0) minutes.push({ most: queued, fewest: queued });
        const minute = minutes.at(-1) as (typeof minutes)[number];
        minute.most = Math.max(minute.most, queued);
        minute.fewest = Math.min(minute.fewest, queued);
      }
    });
    // The first minute starts with an empty queue.
    for (const { most, fewest } of minutes.slice(1)) {
      expect(most).toBeGreaterThan(8);
      expect(most).toBeLessThan(20);
      expect(fewest).toBeLessThan(3);
    }
    const ended = await database.all("SELECT status, count(*) AS jobs FROM jobs GROUP BY status");
    for (const status of ["done", "failed", "cancelled"])
      expect(ended.find((row) => row.status === status)?.jobs, status).toBeGreaterThan(5);
    const [retried] = await database.all("SELECT count(*) AS jobs FROM jobs WHERE attempts = 2");
    expect(retried?.jobs).toBeGreaterThan(5);
  } finally {
    vi.useRealTimers();
    await database.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
