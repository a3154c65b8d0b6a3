/** Examines a section's SELECT, for an operator who writes or reviews a profile. */
import { selectsNull } from "../../profiles/capabilities.ts";
import { CONTRACT, columnsOf, KEYS, type SectionName } from "../../profiles/contract.ts";
import { problemText } from "../../profiles/profile.ts";
import type { SectionExamination, Visits } from "../repository.ts";
import { SourceError } from "../source-failure.ts";
import { type Cells, cell } from "./columns.ts";
import { isAggregateSection } from "./history/history.ts";
import { isHistorySection } from "./history/table.ts";
import { activeCondition } from "./parts/stages.ts";
import { doubts } from "./plausibility.ts";
import type { Finding, Source } from "./source.ts";
import { countedRows, query, type StatementGenerator } from "./statements.ts";

/** How a database runs a SELECT. */
export type Explained = Pick<SectionExamination, "plan" | "scans" | "visits">;

export type Explain = (section: SectionName, sql: string) => StatementGenerator<Explained>;

/** Number of rows that are examined. Further rows are only counted. */
const LOOKED_AT = 1000;

/** Below this, the cost does not matter. */
const MANY_VISITS = 10_000;

/** Visited rows for each returned row, above which a warning is due. */
const MANY_FOR_ONE = 10;

export function* examineSection(
  section: SectionName,
  source: Source,
  nowMs: number,
  explain: Explain,
): StatementGenerator<SectionExamination> {
  const { profile } = source;
  const readInPieces = isHistorySection(section) && (section !== "jobs" || source.key(section) !== undefined);
  const failed = (problems: readonly string[]): SectionExamination => ({
    ...{ section, line: source.at(section).line, problems, warnings: [], rows: null, milliseconds: null },
    ...{ plan: [], scans: false, readInPieces },
  });
  const placed = ({ column, message }: Finding) =>
    problemText(profile.name, source.problem(section, column, message));
  const known = source.problems.filter((problem) => problem.section === section);
  if (known.length > 0) return failed(known.map((problem) => problemText(profile.name, problem)));
  try {
    const all = `SELECT ${source.bounded(section)} FROM ${source.from(section)}`;
    const from = `FROM ${source.from(section)}${readInPieces ? " WHERE is_open" : condition(section, profile.terminalStages)}`;
    const began = performance.now();
    const cells = yield* query(section, `SELECT ${source.bounded(section)} ${from} LIMIT ${LOOKED_AT}`);
    const milliseconds = performance.now() - began;
    const rows = cells.length < LOOKED_AT ? cells.length : yield* countedRows(section, from);
    const key = readInPieces ? KEYS[section] : undefined;
    const newest = key ? yield* query(section, `${all} ORDER BY ${key} DESC LIMIT ${LOOKED_AT}`) : [];
    const explained = yield* explain(section, `SELECT ${key ?? "*"} ${from}`);
    const found = findings(source, section, [...cells, ...newest], nowMs);
    return {
      ...failed(found.filter(({ isCertain }) => isCertain).map(placed)),
      ...explained,
      rows,
      milliseconds,
      warnings: [
        ...costWarning(section, rows, explained),
        ...found.filter(({ isCertain }) => !isCertain).map(placed),
      ],
    };
  } catch (error) {
    const failure = source.toFailure(error);
    if (!failure) throw error;
    return failed([placed({ column: "", message: failure.message, isCertain: true })]);
  }
}

/** Returns what the rows show, and for columns without a value, what their declared types show. */
function findings(
  source: Source,
  section: SectionName,
  rows: readonly Cells[],
  nowMs: number,
): readonly Finding[] {
  const wrong = [...cellProblems(section, rows), ...nullProblems(source, section, rows)];
  const declared = source
    .declared(section)
    .filter(
      ({ column }) => rows.every((row) => row[column] === null) || wrong.some((one) => one.column === column),
    );
  return [...wrong, ...declared, ...doubts(section, source.profile, rows, nowMs)];
}

/**
 * Returns the condition that a reading uses. Nothing may be added, not even `WHERE TRUE`, which SQLite would push down and then
 * scan for a greatest key. Reading all history would take too long, so only rows that can still change are read.
 */
function condition(section: SectionName, terminalStages: readonly string[]): string {
  return section === "stages" ? ` WHERE ${activeCondition(terminalStages, terminalStages)}` : "";
}

/** Warns about a SELECT that gets slower as a table grows. */
function costWarning(section: SectionName, rows: number, { visits, scans }: Explained): readonly string[] {
  if (!visits) return [];
  const found = `${section} visits ${counted(visits)} rows for ${rows}`;
  if (visits.advice) return [`${found}: ${visits.advice}`];
  if (visits.rows < MANY_VISITS || visits.rows < MANY_FOR_ONE * rows) return [];
  const byKey = "if the rows have an increasing key, list them in job_history or run_history";
  const byIndex = "add an index on the columns of its condition";
  const fix =
    section === "jobs"
      ? "add a column is_open whose condition can use an index"
      : isAggregateSection(section)
        ? byKey
        : byIndex;
  return [`${found}${scans ? ", and scans a whole table" : ""}: ${fix}`];
}

export function counted({ rows, isAtLeast }: Visits): string {
  return `${isAtLeast ? "more than " : ""}${rows.toLocaleString("en-US")}`;
}

/** Finds NULL in columns that the first row would fail for. */
function nullProblems(source: Source, section: SectionName, rows: readonly Cells[]): readonly Finding[] {
  const { sql } = source.at(section);
  return CONTRACT[section].columns
    .filter(
      ({ name, nullable }) =>
        rows.length === 0 && !nullable && selectsNull(sql, source.written(section, name)),
    )
    .map(({ name, type }) => wrong(name, `column ${name} is NULL, but ${type} is expected`));
}

function wrong(column: string, message: string): Finding {
  return { column, message, isCertain: true };
}

/** Checks each column separately, while a reading stops at the first wrong cell. */
function cellProblems(section: SectionName, rows: readonly Cells[]): readonly Finding[] {
  return columnsOf(section).flatMap((column) => {
    // A reading takes it as text, so any whole number will do.
    const isAnySize = (value: unknown) => column.name === "highest_key" && Number.isInteger(value);
    try {
      for (const row of rows)
        if (row[column.name] !== undefined && !isAnySize(row[column.name])) cell(row, column);
      return [];
    } catch (error) {
      if (error instanceof SourceError) return [wrong(column.name, error.message)];
      throw error;
    }
  });
}
