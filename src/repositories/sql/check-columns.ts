/** Holds each section of a profile against the database as it is: what it returns, and whether its key is indexed. */
import { columnProblems, KEYS, SECTION_NAMES, type SectionName } from "../../profiles/contract.ts";
import { lineOf, type ProfileProblem } from "../../profiles/profile.ts";
import { HISTORY_SECTIONS, type HistorySection, historyTable } from "./history/table.ts";
import type { Source } from "./source.ts";
import type { Statement } from "./statements.ts";

export interface Described {
  /** The names of the columns that a SELECT returns. */
  readonly names: readonly string[];
  /** What is wrong beyond the names, by column. */
  readonly problems?: readonly { readonly column: string; readonly message: string }[];
}

/** The problems of one section that has been described. */
export function sectionProblems(
  source: Source,
  section: SectionName,
  described: Described,
): readonly ProfileProblem[] {
  const at = source.profile.sections[section] ?? { sql: "", line: 1 };
  const problems = [...columnProblems(section, described.names), ...(described.problems ?? [])];
  return problems.map(({ column, message }) => ({ line: lineOf(at, column), section, column, message }));
}

/** A history that cannot be read in pieces. `isScan` tells of a statement whether the database reads it by a scan. */
export function keyProblems(
  source: Source,
  section: HistorySection,
  isScan: (statement: Statement) => boolean,
): readonly ProfileProblem[] {
  if (!isScan({ sql: historyTable(source, section).idAfter, values: [0, 0, 0] })) return [];
  return [noIndexProblem(source, section)];
}

export function noIndexProblem(source: Source, section: HistorySection): ProfileProblem {
  const column = KEYS[section];
  const line = lineOf(source.profile.sections[section] ?? { sql: "", line: 1 }, column);
  const message = `column ${column} has no index, so that each piece of history would be a scan: name the primary key, or use ${INSTEAD[section]}`;
  return { line, section, column, message };
}

const INSTEAD: Readonly<Record<HistorySection, string>> = {
  job_history: "queue_counts and queue_retries",
  run_history: "cost",
};

/** The sections that the profile has, in the contract's order. */
export function mappedSections(source: Source): readonly SectionName[] {
  return SECTION_NAMES.filter((name) => source.has(name));
}

export function isHistorySection(name: SectionName): name is HistorySection {
  return HISTORY_SECTIONS.some((known) => known === name);
}
