/**
 * Three hundred texts of a megabyte each, and the memory they take. `overlong-texts.test.ts` has shorter
 * texts.
 */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createDatabase } from "../support/database.ts";
import { eventually, type RunningProgram, startProgram } from "../support/service.ts";

/** Returns the peak resident memory in KiB: proc_pid_status(5). */
function peakKibibytes({ child }: RunningProgram): number {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1]);
}

describe("a title of a megabyte", () => {
  it("is truncated, and three hundred of them do not raise memory", { timeout: 120_000 }, async () => {
    using database = createDatabase();
    database.connection.exec(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
       INSERT INTO tasks (work_item, title, stage, stage_entered_at, created_at, updated_at)
       SELECT 'ORCH', printf('%.*c', 1000000, 'x'), 'review', '2026-01-31T12:00:00.000Z', '', '' FROM n`,
    );
    await using program = await startProgram(database.path);
    await eventually("it is read", async () => (await program.metrics()).stages?.error === null, 60);
    for (let call = 0; call < 5; call += 1) {
      database.connection.exec("UPDATE tasks SET updated_at = 'now' WHERE id = 1");
      const { stages } = await program.metrics();
      expect(stages?.error).toBeNull();
      expect(new Set(stages?.tasks?.map(({ title }) => title))).toEqual(new Set([`${"x".repeat(999)}…`]));
      expect(stages?.tasks).toHaveLength(300);
    }
    expect(peakKibibytes(program)).toBeLessThan(256 * 1024);
  });
});
