/** Each profile fits the database of its system, and of no other: by its SELECTs alone a database is recognized. */
import { readdirSync, readFileSync } from "node:fs";
import Database from "better-sqlite3";
import { better, defineQueue } from "plainjob";
import { expect, it } from "vitest";
import type { Profile } from "../../src/profiles/profile.ts";
import { shippedProfiles } from "../../src/profiles/shipped.ts";
import { SCHEMA } from "../support/database.ts";

const PROFILES = shippedProfiles().filter(({ dialect }) => dialect === "sqlite");
const NAMES = PROFILES.map(({ name }) => name);

/** The tables of each system, by the name of its profile. */
function databases(): ReadonlyMap<string, Database.Database> {
  const folder = new URL(".", import.meta.url);
  const files = readdirSync(folder, { recursive: true }).map(String);
  const texts = files.flatMap((file): readonly (readonly [string, string])[] => {
    const [, name = ""] = /^(?:fixtures\/)?([\w-]+)\.(?:schema|dump)\.sql$/.exec(file) ?? [];
    return NAMES.includes(name) ? [[name, readFileSync(new URL(file, folder), "utf8")]] : [];
  });
  const filled = [["reference", SCHEMA] as const, ["plainjob", ""] as const, ...texts].map(
    ([name, sql]) => [name, new Database(":memory:").exec(sql)] as const,
  );
  const all = new Map(filled);
  defineQueue({ connection: better(all.get("plainjob") as Database.Database) });
  return all;
}

/** How many of the profile's SELECTs the database does not accept. `epoch` may read what SQLite keeps in any database. */
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

it("fits the tables of its own system alone", () => {
  const all = databases();
  expect([...all.keys()].toSorted()).toEqual(NAMES.toSorted());
  for (const [system, database] of all) {
    const fitting = PROFILES.filter((profile) => refused(profile, database) === 0);
    expect(fitting.map(({ name }) => name)).toEqual([system]);
    database.close();
  }
});
