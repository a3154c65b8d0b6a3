/** Profiles that try to do more than read, and readings with a given profile. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { parseProfile } from "../../src/profiles/parse.ts";
import type { Profile } from "../../src/profiles/profile.ts";
import type { PartName, Snapshot } from "../../src/repositories/repository.ts";
import { PART_NAMES } from "../../src/repositories/sql/read-parts.ts";
import { DatabaseReader } from "../../src/repositories/sqlite/database-reader.ts";
import { openSqliteRepository } from "../../src/repositories/sqlite/open.ts";
import { createDatabase } from "../support/database.ts";
import { unguarded } from "../support/unguarded.ts";

/** A section of a profile that is read without a table. */
export const GATES =
  "-- name: gates\nSELECT 'repo' AS scope, NULL AS holder_task_id, NULL AS acquired_at_ms, 3 AS waiting\n";

export const HEADER = "-- dialect: sqlite\n";
export const SCHEMA = "CREATE TABLE t (id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES (1, 2)";

/** FOLDER stands for the database's folder. */
export const ATTACKS: readonly (readonly [what: string, sql: string])[] = [
  [
    "deletes",
    "DELETE FROM t RETURNING 'x' AS scope, NULL AS holder_task_id, NULL AS acquired_at_ms, 1 AS waiting",
  ],
  ["attaches a database", "ATTACH 'FOLDER/stolen.db' AS stolen"],
  ["copies the database", "VACUUM INTO 'FOLDER/copy.db'"],
  ["sets a pragma", "PRAGMA journal_mode = delete"],
  ["lifts the write protection", "PRAGMA query_only = 0"],
  ["begins a transaction", "BEGIN IMMEDIATE"],
  ["has a second statement", "SELECT 1; DELETE FROM t"],
  ["closes its parentheses early", "SELECT 1) AS a; DELETE FROM t; SELECT * FROM (SELECT 1"],
  [
    "reads a pragma",
    "SELECT file AS scope, NULL AS holder_task_id, NULL AS acquired_at_ms, 1 AS waiting FROM pragma_database_list",
  ],
  ["has a parameter", "SELECT ? AS scope, NULL AS holder_task_id, NULL AS acquired_at_ms, 1 AS waiting"],
  ["has a named one", "SELECT $a AS scope, NULL AS holder_task_id, NULL AS acquired_at_ms, 1 AS waiting"],
  ["hides the parenthesis in a comment", "SELECT 1 AS scope /* "],
];

type Read = (databasePath: string, profile: Profile, parts: readonly PartName[]) => Promise<Snapshot>;

/**
 * Reads in this process. The service reads with an unknown profile in a separate process, which starts
 * slowly.
 */
export const readHere: Read = async (databasePath, profile, parts) => {
  const { terminalStages } = profile;
  const options = { databasePath, profile, terminalStages, maxItems: 1_000 };
  const reader = new DatabaseReader(options, unguarded(), (stack) => expect.fail(stack));
  try {
    return reader.read(parts, Date.now()).snapshot;
  } finally {
    reader.release();
  }
};

/** Returns what `check` reports about each section, in this process. */
export function examineHere(databasePath: string, profile: Profile) {
  const { terminalStages } = profile;
  const reader = new DatabaseReader({ databasePath, profile, terminalStages, maxItems: 1_000 }, unguarded());
  const examinations = reader.examine(Date.now());
  reader.release();
  return Object.fromEntries(examinations.map((one) => [one.section, one]));
}

/** Reads as the service does. */
export const readAside: Read = async (databasePath, profile, parts) => {
  // The reader process may start slowly on a busy machine.
  const repository = openSqliteRepository({ databasePath, profile, deadlineSeconds: 25 });
  try {
    return await repository.read(parts);
  } finally {
    await repository.close();
  }
};

export async function readBy(read: Read, text: string, parts: readonly PartName[] = PART_NAMES) {
  using database = createDatabase({ schema: SCHEMA });
  return (await read(database.path, parseProfile("mine", text), parts)).parts;
}

export async function expectRefused(
  read: Read,
  sql: string,
  { stopped }: { stopped: boolean },
): Promise<void> {
  using database = createDatabase({ schema: SCHEMA });
  if (stopped) database.stop();
  const text = `${HEADER}-- name: gates\n${sql.replace("FOLDER", database.directory)}\n-- name: breakers\nSELECT 'api' AS name, 'open' AS state, count(*) AS failures, NULL AS opened_at_ms FROM t`;
  const { parts } = await read(database.path, parseProfile("mine", text), ["gates", "breakers"]);
  expect(parts.gates).toMatchObject({ ok: false, failure: { code: "failed_precondition" } });
  // The row still exists, and the next section is read.
  expect(parts.breakers).toMatchObject({ ok: true, value: [{ failures: 1 }] });
  const files = ["stolen.db", "copy.db"].filter((name) => existsSync(join(database.directory, name)));
  expect(files).toEqual([]);
}
