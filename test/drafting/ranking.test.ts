/**
 * Which table a profile is drafted from, and that the draft passes `check`, over the schemas of many systems.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createDatabase, SCHEMA } from "../support/database.ts";
import { draftedFrom, problemsOf } from "./drafting.ts";
import { SCHEMAS, sqlOf } from "./schemas.ts";

const PROFILES = new URL("../profiles/", import.meta.url);
const text = (file: string) => readFileSync(new URL(file, PROFILES), "utf8");

/** Systems with a shipped profile. Several tables if each is right. */
const RIGHT: Readonly<Record<string, readonly string[]>> = {
  goose: ["sessions"],
  "hermes-kanban": ["task_runs"],
  hermes: ["async_delegations", "sessions"],
  laravel: ["jobs"],
  n8n: ["execution_entity"],
  openclaw: ["task_runs"],
  opencode: ["session"],
  prefect: ["flow_run"],
  river: ["river_job"],
  "solid-queue": ["solid_queue_jobs"],
};

/** A system without a status column next to a shop's tables. The user sees its table among the best three. */
const AMONG_THREE = { "db-scheduler": true };

const DUMPS = new URL("fixtures/", PROFILES);
const dumps = existsSync(DUMPS) ? readdirSync(DUMPS).filter((file) => /^[\w-]+\.dump\.sql$/.test(file)) : [];

const CASES: readonly (readonly [name: string, sql: string, right: readonly string[] | undefined])[] = [
  ["reference", SCHEMA, ["jobs", "agent_runs"]],
  ...["goose", "prefect", "river", "solid-queue"].map(
    (name) => [name, text(`${name}.schema.sql`), RIGHT[name]] as const,
  ),
  ...dumps.map((file) => {
    const name = file.replace(".dump.sql", "");
    return [name, text(`fixtures/${file}`), RIGHT[name]] as const;
  }),
  ...SCHEMAS.map((schema) => [schema.name, sqlOf(schema), schema.right] as const),
];

describe("the table to draft from", () => {
  const isServer = (sql: string) => /timestamp with|USING btree/.test(sql);
  for (const [name, sql, right] of CASES.filter(([, text]) => !isServer(text))) {
    it(`is found in the schema of ${name}, and its draft passes check`, async () => {
      using database = createDatabase({ schema: sql });
      const { names, profile, text } = await draftedFrom(database.path);
      const first = names.slice(0, name in AMONG_THREE ? 3 : 1);
      expect(first.some((table) => right?.includes(table))).toBe(true);
      expect(text).toMatch(/^-- name: (jobs|cost)$/m);
      expect(problemsOf(database.path, profile)).toEqual([]);
    });
  }
});
