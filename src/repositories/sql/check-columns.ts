/** Holds each section of a profile against the database as it is: what it returns, and whether its key is indexed. */
import { columnProblems, KEYS, type SectionName } from "../../profiles/contract.ts";
import type { ProfileProblem } from "../../profiles/profile.ts";
import { type HistorySection, INSTEAD } from "./history/table.ts";
import type { Source } from "./source.ts";

/** The problems of one section: of the names that its SELECT returns, and those `beyond`. */
export function sectionProblems(
  source: Source,
  section: SectionName,
  names: readonly string[],
  beyond: readonly { readonly column: string; readonly message: string }[] = [],
): readonly ProfileProblem[] {
  const problems = [...columnProblems(section, names), ...beyond];
  return problems.map(({ column, message }) => source.problem(section, column, message));
}

/** A history that cannot be read in pieces. */
export function noIndexProblem(source: Source, section: HistorySection): ProfileProblem {
  const column = KEYS[section];
  const message = `column ${column} has no index, so that each piece of history would be a scan: name the primary key, or use ${INSTEAD[section]}`;
  return source.problem(section, column, message);
}
