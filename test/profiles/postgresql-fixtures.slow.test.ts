/**
 * The profiles over their systems' PostgreSQL databases: figures that plain SQL confirms, and which databases
 * they fit.
 */
import { readFileSync } from "node:fs";
import { runMigrations } from "graphile-worker";
import { PgBoss } from "pg-boss";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { shippedProfiles } from "../../src/profiles/shipped.ts";
import { type PostgresqlServer, REFERENCE_SCHEMA, startPostgresql } from "../support/postgresql.ts";
import { runProgram } from "../support/service.ts";
import { FIGURES } from "./postgresql-figures.ts";

const FOLDER = new URL("./fixtures/postgresql/", import.meta.url);
const SYSTEMS = Object.keys(FIGURES);
const PROFILES = shippedProfiles().filter(({ dialect }) => dialect === "postgresql");

const textOf = (file: string, folder = FOLDER) => readFileSync(new URL(file, folder), "utf8");
const profileOf = (system: string) => system.replace(".postgresql", "");

type Place = { [key: string]: unknown };

let server: PostgresqlServer;
const databases = new Map<string, string>();

async function fill(...sources: readonly (string | ((url: string) => Promise<unknown>))[]): Promise<string> {
  const database = await server.createDatabase();
  for (const source of sources)
    await (typeof source === "string" ? server.exec(source, database) : source(server.url({ database })));
  return database;
}

async function bossIn(url: string): Promise<void> {
  const boss = new PgBoss({ connectionString: url, schedule: false, supervise: false });
  await boss.start();
  await boss.stop({ graceful: false });
}

beforeAll(async () => {
  server = await startPostgresql();
  // Times without a zone are UTC, whatever the server's zone is.
  await server.exec("ALTER SYSTEM SET timezone = 'America/Los_Angeles'");
  await server.exec("SELECT pg_reload_conf()");
  for (const system of SYSTEMS) databases.set(profileOf(system), await fill(textOf(`${system}.dump.sql`)));
});
afterAll(() => server[Symbol.asyncDispose]());

/** Sets the value at a path such as `queue.counts.done`. */
function put(into: Place, place: string, value: unknown): Place {
  const [first = "", ...rest] = place.split(".");
  into[first] = rest.length === 0 ? value : put((into[first] ?? {}) as Place, rest.join("."), value);
  return into;
}

/** Formats a time as the response does: without milliseconds if they are zero. */
function shown(place: string, value: unknown): unknown {
  if (!place.endsWith("_at") || value === null) return value;
  return new Date(String(value)).toISOString().replace(".000Z", "Z");
}

async function figuresOf(system: string, isKept: (place: string) => boolean): Promise<Place> {
  const figures: Place = {};
  for (const [place, sql] of Object.entries(FIGURES[system] ?? {}).filter(([name]) => isKept(name))) {
    const query = `SELECT coalesce(json_agg(row), '[]') AS rows FROM (${sql}) AS row`;
    const answer = await server.exec(query, databases.get(profileOf(system)));
    const items = (answer.rows[0].rows as readonly Place[]).map((row) =>
      Object.entries(row)
        .filter(([name]) => isKept(name))
        .reduce((item, [name, value]) => put(item, name, shown(name, value)), {} as Place),
    );
    const [first] = (answer.rows[0].rows as readonly Place[]).map((row) => Object.values(row)[0]);
    put(figures, place.replace("[]", ""), place.endsWith("[]") ? items : shown(place, first));
  }
  return figures;
}

describe("the profiles of systems on PostgreSQL", () => {
  it("pass their tests", async () => {
    const { code, stdout } = await runProgram([
      "profiles",
      "test",
      FOLDER.pathname,
      "--database",
      server.url(),
    ]);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(new RegExp(`\n${SYSTEMS.length} passed, 0 failed\n$`)),
    });
  });

  for (const system of SYSTEMS) {
    it(`are expected to report what plain SQL finds in the tables of ${system}`, async () => {
      const counted = await figuresOf(system, (place) => !place.endsWith("_at"));
      expect(JSON.parse(textOf(`${system}.expected.json`))).toEqual(counted);
    });

    it(`report the times that plain SQL finds in the tables of ${system}`, async () => {
      const name = profileOf(system);
      const database = server.url({ database: databases.get(name) ?? "" });
      const { stdout } = await runProgram(["snapshot", "--database", database, "--profile", name]);
      expect(JSON.parse(stdout)).toMatchObject(
        await figuresOf(system, (place) => !place.startsWith("queue.counts")),
      );
    });
  }
});

/** SQLSTATEs for a missing table or column, or one of another type. */
const IS_REFUSED = /^(42|3F)/;

/**
 * Returns the profiles whose every SELECT the database accepts. `epoch` may read what every PostgreSQL
 * database has.
 */
async function fittingIn(database: string): Promise<readonly string[]> {
  const fitting: string[] = [];
  for (const { name, sections } of PROFILES) {
    const selects = Object.entries(sections).filter(([section]) => section !== "epoch");
    const answers = selects.map(async ([, { sql }]) => {
      try {
        await server.exec(`PREPARE one AS ${sql}`, database);
        return true;
      } catch (error) {
        if (IS_REFUSED.test((error as { code: string }).code)) return false;
        throw error;
      }
    });
    if ((await Promise.all(answers)).every(Boolean)) fitting.push(name);
  }
  return fitting;
}

describe("the tables of a system on PostgreSQL", () => {
  it("fit only its own profile", async () => {
    const river = textOf("river.postgresql.schema.sql", new URL(".", import.meta.url));
    const others: readonly (readonly [string, string])[] = [
      ["reference", await fill(REFERENCE_SCHEMA)],
      ["river", await fill(river)],
      ["pg-boss", await fill(bossIn)],
      ["graphile-worker", await fill((connectionString) => runMigrations({ connectionString }))],
    ];
    const all = [...databases, ...others];
    expect(all.map(([name]) => name).toSorted()).toEqual(PROFILES.map(({ name }) => name).toSorted());
    for (const [name, database] of all) expect(await fittingIn(database)).toEqual([name]);
  });

  it("fit both profiles if two systems share a database", async () => {
    const both = await fill(bossIn, textOf("n8n.postgresql.dump.sql"));
    expect(await fittingIn(both)).toEqual(["n8n", "pg-boss"]);
  });
});
