/** Each profile fits its own system's database and no other, since detection relies on the SELECTs alone. */
import { readdirSync, readFileSync } from "node:fs";
import Database from "better-sqlite3";
import { better, defineQueue } from "plainjob";
import { expect, it } from "vitest";
import type { Profile } from "../../src/profiles/profile.ts";
import { shippedProfiles } from "../../src/profiles/shipped.ts";
import { SCHEMA } from "../support/database.ts";

const PROFILES = shippedProfiles().filter(({ dialect }) => dialect === "sqlite");
const NAMES = PROFILES.map(({ name }) => name);

/** Returns each system's tables except plainjob's, by profile name. */
function databases(): readonly (readonly [string, Database.Database])[] {
  const folder = new URL(".", import.meta.url);
  const files = readdirSync(folder, { recursive: true }).map(String);
  const texts = files.flatMap((file): readonly (readonly [string, string])[] => {
    const [, name = ""] = /^(?:fixtures\/)?([\w-]+)\.(?:schema|dump)\.sql$/.exec(file) ?? [];
    return NAMES.includes(name) ? [[name, readFileSync(new URL(file, folder), "utf8")]] : [];
  });
  const all = [["reference", SCHEMA] as const, ...texts];
  return all.map(([name, sql]) => [name, new Database(":memory:").exec(sql)] as const);
}

/**
 * Returns how many of the profile's SELECTs the database rejects. Excludes `epoch`, which may read what every
 * SQLite database has.
 */
function refused({ sections }: Profile, database: Database.Database): number {
  const selects = Object.entries(sections).filter(([section]) => section !== "epoch");
  return selects.filter(([, { sql }]) => {
    try {
      database.prepare(sql);
      return false;
    } catch {
      return true;
    }
  }).length;
}

it("each profile fits only its own system's tables", () => {
  const connection = new Database(":memory:");
  const queue = defineQueue({ connection: better(connection) });
  const all = [...databases(), ["plainjob", connection] as const];
  expect(all.map(([name]) => name).toSorted()).toEqual(NAMES.toSorted());
  for (const [system, database] of all) {
    const fitting = PROFILES.filter((profile) => refused(profile, database) === 0);
    expect(fitting.map(({ name }) => name)).toEqual([system]);
    database.close();
  }
  queue.close();
});
