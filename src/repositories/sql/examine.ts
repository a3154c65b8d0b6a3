/** What one section's SELECT did, for whoever writes or trusts a profile. */
import {
  CONTRACT,
  type Column,
  KEYS,
  type SectionContract,
  type SectionName,
} from "../../profiles/contract.ts";
import { lineOf, problemText } from "../../profiles/profile.ts";
import type { SectionExamination } from "../repository.ts";
import { SourceError } from "../source-failure.ts";
import { isHistorySection } from "./check-columns.ts";
import { type Cells, checkedCell, whole } from "./columns.ts";
import type { PartContext } from "./part-context.ts";
import { activeCondition } from "./parts/stages.ts";
import { firstRow, query, type StatementGenerator } from "./statements.ts";

/** How a database explains a SELECT. */
export interface Explanation {
  /** What stands before the SELECT. */
  readonly prefix: string;
  readonly lines: (rows: readonly Cells[]) => readonly string[];
  /** Whether a line tells of a table that is read from end to end, without an index. */
  readonly isScan: (line: string, lines: readonly string[]) => boolean;
}

/** Rows that are looked at; of more there is the number alone. */
const LOOKED_AT = 1000;

export function* examineSection(
  section: SectionName,
  { source, toFailure }: Pick<PartContext, "source" | "toFailure">,
  explanation: Explanation,
): StatementGenerator<SectionExamination> {
  const { profile } = source;
  const at = profile.sections[section] ?? { sql: "", line: 1 };
  const nothing = {
    section,
    line: at.line,
    rows: null,
    milliseconds: null,
    plan: [],
    scans: false,
    readInPieces: false,
  };
  const known = source.problems.filter((problem) => problem.section === section);
  if (known.length > 0)
    return { ...nothing, problems: known.map((problem) => problemText(profile.name, problem)) };
  const readInPieces = isHistorySection(section);
  try {
    const from = `FROM ${source.from(section)}${condition(section, profile.terminalStages)}`;
    const began = performance.now();
    const cells = yield* query(section, `SELECT ${source.bounded(section)} ${from} LIMIT ${LOOKED_AT}`);
    const milliseconds = performance.now() - began;
    const rows =
      cells.length < LOOKED_AT
        ? cells.length
        : whole(firstRow(yield* query(section, `SELECT COUNT(*) AS examined ${from}`)), "examined");
    const columns = readInPieces ? KEYS[section] : "*";
    const plan = explanation.lines(yield* query(section, `${explanation.prefix} SELECT ${columns} ${from}`));
    const scans = plan.some((step) => explanation.isScan(step, plan));
    const problems = cellProblems(section, cells).map(({ column, message }) =>
      problemText(profile.name, { line: lineOf(at, column), section, column, message }),
    );
    return { section, line: at.line, problems, rows, milliseconds, plan, scans, readInPieces };
  } catch (error) {
    const failure = toFailure(error);
    if (!failure) throw error;
    return { ...nothing, problems: [failure.message] };
  }
}

/**
 * What a reading asks for; not even `WHERE TRUE` beside that, which SQLite would push down, and then find a greatest key
 * by reading all of them. All of history would take too long: of that, the rows that can still change.
 */
function condition(section: SectionName, terminalStages: readonly string[]): string {
  if (section === "stages") return ` WHERE ${activeCondition(terminalStages, terminalStages)}`;
  return isHistorySection(section) ? " WHERE is_open" : "";
}

/** A reading stops at the first wrong cell; here each column has its say. */
function cellProblems(section: SectionName, rows: readonly Cells[]) {
  const { columns, optional }: SectionContract = CONTRACT[section];
  return [...columns, ...optional].flatMap((column) => {
    for (const row of rows) {
      const message = cellProblem(row, column);
      if (message !== undefined) return [{ column: column.name, message }];
    }
    return [];
  });
}

function cellProblem(row: Cells, column: Column): string | undefined {
  try {
    if (row[column.name] !== undefined) checkedCell(row, column);
    return undefined;
  } catch (error) {
    if (error instanceof SourceError) return error.message;
    throw error;
  }
}
