/** Drafts from tables that libraries themselves create and write. */
import { makeWorkerUtils } from "graphile-worker";
import { PgBoss } from "pg-boss";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type PostgresqlServer, startPostgresql } from "../support/postgresql.ts";
import { draftedFromServer } from "./drafting.ts";

let server: PostgresqlServer;
beforeAll(async () => {
  server = await startPostgresql();
}, 60_000);
afterAll(() => server[Symbol.asyncDispose]());

it("init finds pg-boss's jobs among its ten tables", async () => {
  const url = server.url({ database: await server.createDatabase() });
  const boss = new PgBoss({ connectionString: url, schedule: false });
  boss.on("error", () => {});
  await boss.start();
  await boss.createQueue("mail");
  await boss.send("mail", { secret: 1 });
  await boss.stop({ graceful: false });
  const { names, text, problems } = await draftedFromServer(url);
  expect(names[0]).toBe("pgboss.job");
  expect(problems).toEqual([]);
  expect(text).toContain("WHEN 'active' THEN 'running' -- unsure");
  expect(text).toContain("start_after AS available_at");
});

it("init finds Graphile Worker's jobs in their view or table", async () => {
  const url = server.url({ database: await server.createDatabase() });
  const utils = await makeWorkerUtils({ connectionString: url });
  await utils.migrate();
  await utils.addJob("mail", { secret: 1 });
  await utils.release();
  const { names, text, problems } = await draftedFromServer(url);
  expect(["graphile_worker.jobs", "graphile_worker._private_jobs"]).toContain(names[0]);
  expect(problems).toEqual([]);
  expect(text).toContain("locked_at AS started_at");
});
