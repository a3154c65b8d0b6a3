/** Profiles in which columns are NULL without a type, and what `check` must report for each. */
import {
  CONTRACT,
  type Column,
  type SectionContract,
  type SectionName,
} from "../../src/profiles/contract.ts";
import { parseProfile } from "../../src/profiles/parse.ts";
import type { Profile, SqlDialect } from "../../src/profiles/profile.ts";

/** `jobs` stands in for five other sections, `job_history` for two of them, and `run_history` for one. */
const BY_ROW: readonly SectionName[] = ["jobs", "job_history", "run_history"];
const BY_SUMS: readonly SectionName[] = ["jobs", "queue_counts", "queue_retries", "cost"];
const BY_PARTS: readonly SectionName[] = [
  ...["job_history", "queue_counts", "queue_retries", "queue_ages", "queue_running", "cost"],
] as SectionName[];
const SECTIONS = Object.keys(CONTRACT) as SectionName[];

const columnsOf = (section: SectionName): readonly Column[] => {
  const { columns, optional }: SectionContract = CONTRACT[section];
  return [...columns, ...optional];
};
export const MOST_COLUMNS = Math.max(...SECTIONS.map((section) => columnsOf(section).length));

/**
 * Returns profiles that together contain all sections over `id` of a table with one row. Columns for which
 * `isNull` holds are untyped NULLs.
 */
export function withNulls(
  dialect: SqlDialect,
  table: string,
  isNull: (column: Column, index: number) => boolean,
): readonly Profile[] {
  const value = ({ name, type }: Column) => {
    if (name.endsWith("_key") && name !== "highest_key") return "id";
    if (type === "text") return name === "status" ? "'queued'" : "'1'";
    if (type === "flag") return dialect === "sqlite" ? "0" : "FALSE";
    return name.endsWith("_ms") ? "1790000000000" : "1";
  };
  const sectionText = (section: SectionName) => {
    const columns = columnsOf(section).map(
      (column, index) => `${isNull(column, index) ? "NULL" : value(column)} AS ${column.name}`,
    );
    return `-- name: ${section}\nSELECT\n${columns.join(",\n")}\nFROM ${table}\n`;
  };
  return [BY_ROW, BY_SUMS, BY_PARTS].map((others) => {
    const texts = SECTIONS.filter((name) => !others.includes(name)).map(sectionText);
    return parseProfile("mine", `-- dialect: ${dialect}\n${texts.join("")}`);
  });
}

/**
 * Returns the start of each expected error by section: one if the column may not be NULL, at the column's own
 * line.
 */
export function expectedProblems(profile: Profile, index: number): Record<string, readonly string[]> {
  return Object.fromEntries(
    Object.entries(profile.sections).map(([section, at]) => {
      const column = columnsOf(section as SectionName)[index];
      if (!column || column.nullable) return [section, []];
      const line = at.line + 2 + index;
      return [section, [`profile mine, line ${line}, section ${section}: column ${column.name} `]];
    }),
  );
}

export function startsOf(
  examinations: Readonly<Record<string, { readonly problems: readonly string[] }>>,
): Record<string, readonly string[]> {
  return Object.fromEntries(
    Object.entries(examinations).map(([section, { problems }]) => [
      section,
      problems.map((problem) => problem.replace(/(: column \w+ ).*/, "$1")),
    ]),
  );
}
