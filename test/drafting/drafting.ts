/** Drafts a profile as `orch-metrics init` does, in the test's own process. */
import { expect } from "vitest";
import { readCatalog } from "../../src/drafting/catalog.ts";
import { draft } from "../../src/drafting/draft.ts";
import { type Ranked, rankTables } from "../../src/drafting/rank.ts";
import { parseProfile } from "../../src/profiles/parse.ts";
import type { Profile, SqlDialect } from "../../src/profiles/profile.ts";
import { openPostgresqlRepository } from "../../src/repositories/postgresql/open.ts";
import type { TableRepository } from "../../src/repositories/repository.ts";
import { DatabaseReader } from "../../src/repositories/sqlite/database-reader.ts";
import { unguarded } from "../support/unguarded.ts";

interface Drafted {
  readonly ranked: readonly Ranked[];
  readonly names: readonly string[];
  /** The draft for the named table, or for the first one. */
  readonly text: string;
  readonly profile: Profile;
}

async function drafted(
  repository: Pick<TableRepository, "select">,
  dialect: SqlDialect,
  table?: string,
): Promise<Drafted> {
  const catalog = await readCatalog(repository, dialect);
  const ranked = await rankTables(catalog);
  const chosen = table === undefined ? ranked[0] : ranked.find((one) => one.table.name === table);
  if (!chosen) throw new Error(`there is no table ${table}`);
  const text = (await draft(catalog, chosen.table, chosen.roles)) ?? "";
  return { ranked, names: ranked.map((one) => one.table.name), text, profile: parseProfile("draft", text) };
}

const readerOf = (databasePath: string, profile: Profile) =>
  new DatabaseReader({ databasePath, profile, terminalStages: [], maxItems: 1_000 }, unguarded());

export async function draftedFrom(databasePath: string, table?: string): Promise<Drafted> {
  const reader = readerOf(databasePath, parseProfile("none", ""));
  try {
    return await drafted({ select: async (statement) => reader.select(statement) }, "sqlite", table);
  } finally {
    reader.release();
  }
}

/** Returns the problems that `check` reports for a draft. */
export function problemsOf(databasePath: string, profile: Profile): readonly string[] {
  const reader = readerOf(databasePath, profile);
  try {
    const sections = reader.examine(Date.now(), false);
    return [...profile.problems, ...sections.flatMap(({ problems }) => problems)].map(String);
  } finally {
    reader.release();
  }
}

/** Drafts from PostgreSQL, with the problems that `check` reports. */
export async function draftedFromServer(
  url: string,
  table?: string,
): Promise<Drafted & { problems: readonly string[] }> {
  const repository = openPostgresqlRepository({ url, profile: parseProfile("none", "") });
  const draft = await drafted(repository, "postgresql", table);
  await repository.close();
  const reading = openPostgresqlRepository({ url, profile: draft.profile });
  const sections = (await reading.examine?.()) ?? [];
  await reading.close();
  expect(sections.map(({ section }) => section)).toEqual(Object.keys(draft.profile.sections));
  return {
    ...draft,
    problems: [...draft.profile.problems.map(String), ...sections.flatMap(({ problems }) => problems)],
  };
}
