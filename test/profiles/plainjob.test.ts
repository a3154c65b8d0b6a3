/** The plainjob profile over a queue that the library itself writes while the service reads. */
import { better, defineQueue, JobStatus } from "plainjob";
import { describe, expect, it } from "vitest";
import { loadProfile } from "../../src/profiles/shipped.ts";
import { PART_NAMES } from "../../src/repositories/sql/read-parts.ts";
import { openSqliteRepository } from "../../src/repositories/sqlite/open.ts";
import { createDatabase } from "../support/database.ts";

describe("the plainjob profile", () => {
  it("reports the queue after each step of the library", async () => {
    using database = createDatabase({ schema: "" });
    const queue = defineQueue({ connection: better(database.connection) });
    const repository = openSqliteRepository({
      deadlineSeconds: 30,
      databasePath: database.path,
      profile: loadProfile("plainjob", "sqlite"),
    });
    const read = async () => (await repository.read(PART_NAMES)).parts;
    try {
      for (const name of ["a", "b", "c", "d"]) queue.add("mail", { secret: name });
      const inAnHour = Date.now() + 3_600_000;
      queue.add("mail", {}, { delay: 3_600_000 });
      expect((await read()).queue).toMatchObject({
        ok: true,
        value: {
          counts: [{ status: "queued", nativeStatus: "pending", jobs: 5 }],
          delayedJobs: 1,
          retries: null,
        },
      });

      const [done, failed] = [
        queue.getAndMarkJobAsProcessing("mail"),
        queue.getAndMarkJobAsProcessing("mail"),
      ];
      queue.markJobAsDone(done?.id ?? 0);
      queue.markJobAsFailed(failed?.id ?? 0, "the secret error");
      const running = queue.getAndMarkJobAsProcessing("mail");
      expect(queue.countJobs({ status: JobStatus.Processing })).toBe(1);

      const parts = await read();
      expect(parts.queue).toMatchObject({
        ok: true,
        value: { unreported: ["cancelled"], oldestRunningAtMs: null },
      });
      if (!parts.queue?.ok) throw new Error("unreachable");
      const { counts, oldestQueuedAtMs, nextAvailableAtMs } = parts.queue.value;
      expect(counts.toSorted((a, b) => (a.status < b.status ? -1 : 1))).toEqual([
        { status: "done", nativeStatus: "done", jobs: 1 },
        { status: "failed", nativeStatus: "failed", jobs: 1 },
        { status: "queued", nativeStatus: "pending", jobs: 2 },
        { status: "running", nativeStatus: "processing", jobs: 1 },
      ]);
      expect(Math.abs((oldestQueuedAtMs ?? 0) - Date.now())).toBeLessThan(10_000);
      expect(Math.abs((nextAvailableAtMs ?? 0) - inAnHour)).toBeLessThan(10_000);
      expect(parts.runningJobs).toEqual({
        ok: true,
        value: [
          {
            jobId: String(running?.id),
            taskId: null,
            kind: "mail",
            startedAtMs: null,
            attempts: null,
            maxAttempts: null,
          },
        ],
      });
      expect(JSON.stringify(parts)).not.toContain("secret");
      for (const name of ["stages", "breakers", "gates", "agents", "cost"] as const)
        expect(parts[name]).toMatchObject({ ok: false, failure: { code: "unimplemented" } });
    } finally {
      await repository.close();
      queue.close();
    }
  });
});
