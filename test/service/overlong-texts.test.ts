/**
 * Long texts: display texts are truncated, and names are rejected. `overlong-texts.slow.test.ts` has the
 * longest.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run, task } from "../support/database.ts";
import { eventually } from "../support/service.ts";
import { type SharedService, startShared } from "./shared-service.ts";

const LONGEST_NAME = 16 * 1024;

let program: SharedService;
beforeAll(async () => {
  program = await startShared();
});
afterAll(() => program?.[Symbol.asyncDispose]());

const isRead = () =>
  eventually(
    "it is read",
    async () => !/unavailable|deadline/.test((await program.metrics()).cost?.error?.code ?? ""),
    60,
  );

describe("a title", () => {
  it("is kept up to a thousand characters, and truncated above that", async () => {
    const database = program.database();
    database.insert("tasks", task(1, "a", { title: "🚀".repeat(1000) }));
    database.insert("tasks", task(2, "b", { title: "🚀".repeat(1001) }));
    await eventually("it is read", async () => (await program.metrics()).stages?.error === null, 60);
    const titles = (await program.metrics()).stages?.tasks?.map(({ title }) => title);
    expect(titles?.toSorted()).toEqual([`${"🚀".repeat(999)}…`, "🚀".repeat(1000)].toSorted());
  });
});

describe("names of more than 8 MiB in total", () => {
  it("fail only their own section", { timeout: 120_000 }, async () => {
    const database = program.database();
    database.connection.exec(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
       INSERT INTO tasks (work_item, stage, stage_entered_at, created_at, updated_at)
       SELECT printf('%.*c', 16000, 'x'), 'review', '2026-01-31T12:00:00.000Z', '', '' FROM n`,
    );
    database.insert("agent_runs", run(1));
    await isRead();
    const { stages, agents } = await program.metrics();
    expect(stages?.error).toMatchObject({
      code: "failed_precondition",
      message: expect.stringContaining("more than 8 MiB"),
    });
    expect(agents).toMatchObject({ error: null, running: [{ run_id: "1" }] });
  });
});

describe("a name of more than 16 KiB", () => {
  const names = [
    ["letters", "x".repeat(LONGEST_NAME + 1)],
    ["characters of two bytes", "é".repeat(LONGEST_NAME / 2 + 1)],
    ["characters after a NUL", `x\0${"y".repeat(LONGEST_NAME)}`],
  ] as const;

  it.each(names)("of %s fails its sections, and the other sections are returned", async (_, name) => {
    const database = program.database();
    database.insert("tasks", task(1, name));
    database.insert("agent_runs", run(1, { agent: name, cost_usd: 1 }));
    database.insert("circuit_breakers", {
      name: "api",
      state: "open",
      updated_at: "2026-01-31T12:00:00.000Z",
    });
    await isRead();
    const { stages, agents, cost, queue } = await program.metrics();
    for (const [column, broken] of Object.entries({ stage: stages, agent: agents })) {
      expect(broken?.error).toMatchObject({
        code: "data_loss",
        message: expect.stringContaining(`column ${column} holds a text of more than 16 KiB`),
      });
    }
    expect(cost?.error?.code).toBe("data_loss");
    expect(queue?.breakers?.error).toBeNull();
    expect(program.log()).not.toContain(name.slice(-50));
  });

  it("differs from one of exactly 16 KiB, which is returned whole, also from a stopped database", async () => {
    const database = program.database();
    const [whole, long] = ["x".repeat(LONGEST_NAME), "y".repeat(LONGEST_NAME + 1)];
    database.insert("tasks", task(1, whole));
    database.insert("agent_runs", run(1, { agent: long }));
    database.stop();
    await isRead();
    const { stages, agents } = await program.metrics();
    expect(Object.keys(stages?.counts ?? {})).toEqual([whole]);
    expect(agents?.error).toMatchObject({
      code: "data_loss",
      message: expect.stringContaining("more than 16 KiB"),
    });
  });
});
