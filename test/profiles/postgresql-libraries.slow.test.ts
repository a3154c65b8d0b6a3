/** The profiles for job queues on PostgreSQL, over queues that the libraries themselves write. */
import { makeWorkerUtils, type RunnerOptions, runOnce } from "graphile-worker";
import { Pool } from "pg";
import { PgBoss } from "pg-boss";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadProfile } from "../../src/profiles/shipped.ts";
import { openPostgresqlRepository } from "../../src/repositories/postgresql/open.ts";
import { PART_NAMES } from "../../src/repositories/sql/read-parts.ts";
import { type PostgresqlServer, startPostgresql } from "../support/postgresql.ts";

let server: PostgresqlServer;
beforeAll(async () => {
  server = await startPostgresql();
});
afterAll(() => server[Symbol.asyncDispose]());

/** Returns what a role reads that was only granted SELECT. */
async function readAs(role: string, database: string, schema: string, profile: string) {
  await server.exec(
    `CREATE ROLE ${role} LOGIN; GRANT USAGE ON SCHEMA ${schema} TO ${role};
     GRANT SELECT ON ALL TABLES IN SCHEMA ${schema} TO ${role}`,
    database,
  );
  const unexpected: unknown[] = [];
  const repository = openPostgresqlRepository({
    url: server.url({ database, role }),
    profile: loadProfile(profile, "postgresql"),
    onUnexpected: (error) => unexpected.push(error),
  });
  const { parts } = await repository.read(PART_NAMES);
  const warnings = await repository.warnings?.();
  await repository.close();
  expect(unexpected).toEqual([]);
  expect(warnings).toEqual([]);
  return parts;
}

const byNative = (counts: readonly { nativeStatus: string | null; jobs: number; status: string }[]) =>
  Object.fromEntries(counts.map(({ nativeStatus, status, jobs }) => [nativeStatus, [status, jobs]]));

/** Jobs without a due time, and one that was due two hours ago and was added just now. */
function expectParkedAndBackdated(
  { queue, runningJobs }: Awaited<ReturnType<typeof readAs>>,
  delayedJobs: number,
) {
  expect(queue).toMatchObject({ ok: true, value: { delayedJobs, nextAvailableAtMs: null } });
  expect(Date.now() - ((queue?.ok && queue.value.oldestQueuedAtMs) || 0)).toBeLessThan(600_000);
  expect(runningJobs).toMatchObject({ ok: true });
}

describe("the pg-boss profile", () => {
  it("reports its queue and its processes", async () => {
    const database = await server.createDatabase();
    const boss = new PgBoss({ connectionString: server.url({ database }), schedule: false });
    boss.on("error", () => {});
    await boss.start();
    try {
      await boss.createQueue("mail", { retryLimit: 2 });
      for (let index = 0; index < 6; index += 1) await boss.send("mail", { secret: index });
      await boss.send("mail", {}, { startAfter: 3600 });
      const [done, failing, cancelled, running] = await boss.fetch("mail", { batchSize: 4 });
      await boss.complete("mail", done?.id ?? "");
      await boss.fail("mail", failing?.id ?? "", { secret: "error" });
      await boss.cancel("mail", cancelled?.id ?? "");

      const parts = await readAs("boss_reader", database, "pgboss", "pg-boss");
      if (!parts.queue?.ok) throw new Error(JSON.stringify(parts.queue));
      expect(byNative(parts.queue.value.counts)).toEqual({
        created: ["queued", 3],
        retry: ["queued", 1],
        active: ["running", 1],
        completed: ["done", 1],
        cancelled: ["cancelled", 1],
      });
      expect(parts.queue.value).toMatchObject({
        delayedJobs: 1,
        retries: { attemptsTotal: 4, retriedJobs: 0, waitingRetry: 1, exhaustedJobs: 0 },
      });
      expect(Math.abs((parts.queue.value.oldestRunningAtMs ?? 0) - Date.now())).toBeLessThan(10_000);
      expect(parts.runningJobs).toMatchObject({
        ok: true,
        value: [{ jobId: running?.id, kind: "mail", attempts: 1, maxAttempts: 3 }],
      });
      expect(parts.agents).toMatchObject({ ok: true, value: { total: 1, running: [{ pid: process.pid }] } });
      expect(JSON.stringify(parts)).not.toContain("secret");

      await boss.send("mail", {}, { startAfter: new Date(Date.now() - 7_200_000) });
      await server.exec(
        "UPDATE pgboss.job SET start_after = 'infinity' WHERE start_after > now(); UPDATE pgboss.job SET retry_limit = 2147483647",
        database,
      );
      expectParkedAndBackdated(await readAs("boss_again", database, "pgboss", "pg-boss"), 1);
    } finally {
      await boss.stop();
    }
  });
});

describe("the graphile-worker profile", () => {
  it("reports its queue and its serial queues, through the view that row-level security does not hide", async () => {
    const database = await server.createDatabase();
    const pgPool = new Pool({ connectionString: server.url({ database }) });
    // The server ends before its last connection is closed.
    pgPool.on("error", () => {});
    const utils = await makeWorkerUtils({ pgPool });
    await utils.migrate();
    await utils.addJob("broken", {}, { maxAttempts: 1 });
    for (let index = 0; index < 3; index += 1)
      await utils.addJob("mail", { secret: index }, { queueName: "serial" });
    await utils.addJob("later", {}, { runAt: new Date(Date.now() + 3_600_000) });
    let parts: Awaited<ReturnType<typeof readAs>> | undefined;
    let calls = 0;
    const work: RunnerOptions = {
      pgPool,
      noHandleSignals: true,
      logger: SILENT,
      taskList: {
        broken: () => {
          throw new Error("the secret error");
        },
        mail: async () => {
          calls += 1;
          if (calls === 3)
            parts = await readAs("worker_reader", database, "graphile_worker", "graphile-worker");
        },
      },
    };
    // A serial queue becomes free a moment after its job. Until then there seems to be nothing to do.
    while (calls < 3) await runOnce(work);
    await utils.release();
    await pgPool.end();
    if (!parts?.queue?.ok) throw new Error(JSON.stringify(parts));
    expect(byNative(parts.queue.value.counts)).toMatchObject({
      locked: ["running", 1],
      waiting: ["queued", 1],
    });
    expect(parts.queue.value).toMatchObject({ unreported: ["done", "cancelled"], delayedJobs: 1 });
    expect(parts.runningJobs).toMatchObject({
      ok: true,
      value: [{ kind: "mail", attempts: 1, maxAttempts: 25 }],
    });
    expect(parts.gates).toMatchObject({ ok: true, value: [{ scope: "serial", waiting: 0 }] });
    expect(JSON.stringify(parts)).not.toContain("secret");

    await server.exec(
      `UPDATE graphile_worker._private_jobs SET run_at = 'infinity' WHERE run_at > now();
       SELECT graphile_worker.add_job('mail', run_at := now() - interval '2 hours')`,
      database,
    );
    const again = await readAs("worker_again", database, "graphile_worker", "graphile-worker");
    expectParkedAndBackdated(again, 1);
  });
});

const SILENT = new (await import("graphile-worker")).Logger(() => () => {});
