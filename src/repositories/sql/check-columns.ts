/** Checks a profile's section against the database: the columns that it returns, and whether its key is indexed. */
import { columnProblems, KEYS, type SectionName } from "../../profiles/contract.ts";
import type { ProfileProblem } from "../../profiles/profile.ts";
import { type HistorySection, INSTEAD } from "./history/table.ts";
import type { Source } from "./source.ts";

/** Returns the problems of a section: of its column names, and those in `beyond`. */
export function sectionProblems(
  source: Source,
  section: SectionName,
  names: readonly string[],
  beyond: readonly { readonly column: string; readonly message: string }[] = [],
): readonly ProfileProblem[] {
  const problems = [...columnProblems(section, names), ...beyond];
  return problems.map(({ column, message }) => source.problem(section, column, message));
}

/** The problem of a history that cannot be read in batches. */
export function noIndexProblem(source: Source, section: HistorySection): ProfileProblem {
  const column = KEYS[section];
  const message = `column ${column} has no index, so reading history in batches would scan the table each time: select the primary key, or use ${INSTEAD[section]}`;
  return source.problem(section, column, message);
}
