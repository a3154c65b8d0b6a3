/**
 * An endless view in place of a table: the orchestrator's commits continue, even if the serving process
 * cannot act.
 */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { processTree } from "../../bench/programs.ts";
import { createDatabase, job, type TestDatabase } from "../support/database.ts";
import { startReady, untilOk } from "../support/service.ts";

const ENDLESS_GATES = `DROP TABLE serial_gates;
  CREATE VIEW serial_gates AS
    WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r)
    SELECT 'a' AS scope, 1 AS holder_task_id, NULL AS acquired_at, count(*) AS waiting FROM r`;

/** Above the limit of a second, because a busy machine wakes the watching thread late. */
const COMMITS_GO_ON_MILLISECONDS = 3_000;

describe("an endless view", () => {
  for (const journal of ["wal", "delete"]) {
    for (const signal of ["SIGKILL", "SIGSTOP"] as const) {
      it(`blocks commits for a second at most after ${signal} of the service (${journal})`, {
        timeout: 60_000,
      }, async () => {
        using database = createDatabase({ journal });
        await using program = await startReady(database.path);
        await untilOk(program);
        const service = program.child.pid as number;
        const reader = processTree(service)[1] as number;
        database.connection.exec(ENDLESS_GATES);
        const asked = program.metrics("?read_mask=queue").catch(() => {});
        await sleep(300);
        process.kill(service, signal);
        try {
          expect(longestCommit(database)).toBeLessThan(COMMITS_GO_ON_MILLISECONDS);
          // This ends its read transaction, so that a checkpoint can pass it.
          expect(hasEnded(reader)).toBe(true);
        } finally {
          process.kill(service, "SIGCONT");
        }
        await asked;
      });
    }
  }
});

/** Commits for three seconds. Throws if a commit is refused. Returns the longest duration in milliseconds. */
function longestCommit(database: TestDatabase): number {
  const took: number[] = [];
  const end = performance.now() + 3_000;
  for (let id = 1; performance.now() < end; id += 1) {
    const began = performance.now();
    database.insert("jobs", job(id, "queued"));
    took.push(performance.now() - began);
  }
  return Math.max(...took);
}

/** Also true before a parent waits for it, which a stopped parent cannot do. */
function hasEnded(pid: number): boolean {
  try {
    return / Z /.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return true;
  }
}
