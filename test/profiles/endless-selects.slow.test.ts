/**
 * SELECTs that never end or that return more than memory holds affect their section, but neither the service
 * nor the writer.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseProfile } from "../../src/profiles/parse.ts";
import type { PartName } from "../../src/repositories/repository.ts";
import { openSqliteRepository } from "../../src/repositories/sqlite/open.ts";
import { createDatabase } from "../support/database.ts";
import { eventually, startProgram } from "../support/service.ts";

const SCHEMA = "CREATE TABLE t (id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES (1, 2)";
const ENDLESS = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r)";
const gates = (scope: string, waiting = "1") =>
  `SELECT ${scope} AS scope, NULL AS holder_task_id, NULL AS acquired_at_ms, ${waiting} AS waiting`;
const profileText = (section: string, sql: string) => `-- dialect: sqlite
-- name: ${section}
${sql}
-- name: breakers
SELECT 'api' AS name, 'open' AS state, count(*) AS failures, NULL AS opened_at_ms FROM t`;

/** Any of the limits may apply first: a busy machine takes longer for the same bytes. */
const STOPPED = {
  ok: false,
  failure: {
    message: expect.stringMatching(
      /it was stopped, and is paused|more than (8 MiB|16 KiB)|too long for SQLite/,
    ),
  },
};

describe("a SELECT of an untrusted profile", () => {
  const selects: [what: string, section: string, part: PartName, sql: string][] = [
    ["computes endlessly", "gates", "gates", gates("'a'", `(${ENDLESS} SELECT count(*) FROM r)`)],
    [
      "returns endless rows",
      "queue_counts",
      "queue",
      `${ENDLESS} SELECT 'done' AS status, 'n' || n AS native_status, 1 AS jobs FROM r`,
    ],
    ["returns a huge blob", "gates", "gates", gates("zeroblob(100000000)")],
    ["creates a blob beyond SQLite's limit", "gates", "gates", gates("hex(zeroblob(999999999))")],
  ];
  for (const stopped of [false, true]) {
    for (const [what, section, part, sql] of selects) {
      it(`that ${what} fails only its section${stopped ? ", also for a stopped orchestrator" : ""}`, {
        timeout: 60_000,
      }, async () => {
        using database = createDatabase({ schema: SCHEMA });
        if (stopped) database.stop();
        const repository = openSqliteRepository({
          databasePath: database.path,
          profile: parseProfile("mine", profileText(section, sql)),
          deadlineSeconds: 20,
        });
        try {
          const { parts } = await repository.read([part, "breakers"]);
          expect(parts).toMatchObject({
            [part]: STOPPED,
            breakers: { ok: true, value: [{ failures: 1 }] },
          });
          // The process that was ended leaves nothing that blocks the writer.
          if (!stopped) {
            database.connection.exec("UPDATE t SET v = 3");
            expect(database.connection.pragma("wal_checkpoint(TRUNCATE)")).toMatchObject([{ busy: 0 }]);
          }
        } finally {
          await repository.close();
        }
      });
    }
  }

  it("that is still running when the program stops ends with it", { timeout: 60_000 }, async () => {
    using database = createDatabase({ schema: SCHEMA });
    const path = join(database.directory, "endless.sql");
    const jobs = `(${ENDLESS} SELECT count(*) FROM r)`;
    writeFileSync(
      path,
      profileText("queue_counts", `SELECT 'done' AS status, NULL AS native_status, ${jobs} AS jobs`),
    );
    await using service = await startProgram(database.path, { args: ["--profile", path] });
    const reading = service.metrics();
    await eventually("a process reads", () => childrenOf(service.child.pid).length > 0);
    const children = childrenOf(service.child.pid);
    expect((await reading).queue?.error).toMatchObject({ code: "deadline_exceeded" });
    expect(await service.stop()).toBe(0);
    await eventually("no process is left", () => !children.some(isAlive));
  });
});

function childrenOf(pid: number | undefined): readonly number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return text === "" ? [] : text.split(" ").map(Number);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
