/** Holds a profile against a SQLite database, before any of its SELECTs runs. */
import { columnsOf, isTime, unconverted } from "../../profiles/contract.ts";
import { lineOf, type ProfileProblem } from "../../profiles/profile.ts";
import { noIndexProblem, sectionProblems } from "../sql/check-columns.ts";
import { historyTable, isHistorySection } from "../sql/history/table.ts";
import { derivedTable, type Source } from "../sql/source.ts";
import type { Query } from "../sql/statements.ts";
import { sqliteTime } from "../sql/times.ts";
import { type ColumnDefinition, declaredProblems } from "./declared-types.ts";
import { planOf, scansTable } from "./explain.ts";

export interface Preparation {
  /** The columns that a SELECT returns. Throws SQLite's error for what cannot be prepared. */
  readonly columns: (sql: string) => readonly ColumnDefinition[];
  /** Throws for what could do anything but read, or is more than one statement. */
  readonly refuseWriting: (sql: string) => void;
  readonly query: Query;
}

/**
 * Every problem, section by section. A table or a column that the database lacks is not the profile's problem: it may
 * come, and whoever reads the section is told.
 */
export function checkProfile(source: Source, preparation: Preparation): readonly ProfileProblem[] {
  source.noteProblems([]);
  return source.sections.flatMap((section): readonly ProfileProblem[] => {
    const at = source.at(section);
    if (source.profile.problems.some((problem) => problem.section === section)) return [];
    try {
      preparation.refuseWriting(at.sql);
      const columns = preparation.columns(`SELECT * FROM ${derivedTable(at.sql, section)}`);
      // The second of one name is `name:1`.
      const names = columns.map(({ name }) => name.replace(/:\d+$/, ""));
      const times = columnsOf(section).filter(
        ({ name }) => names.includes(unconverted(name)) && isTime(name),
      );
      const sql = Object.fromEntries(
        times.map(({ name }) => [name, sqliteTime(unconverted(name), source.profile.timezone)]),
      );
      source.noteColumns(section, { names, sql, declared: declaredProblems(section, columns) });
      const problems = sectionProblems(source, section, names);
      if (problems.length > 0 || !isHistorySection(section)) return problems;
      const explain = `EXPLAIN QUERY PLAN ${historyTable(source, section).idAfter}`;
      const plan = planOf(preparation.query({ sql: explain, values: [0, 0, 0] }));
      return scansTable(plan) ? [noIndexProblem(source, section)] : [];
    } catch (error) {
      const message = fixable(error);
      if (message === undefined) return [];
      const near = NEAR.exec(message)?.[1];
      const line = near === undefined ? at.line : lineOf(at, near);
      return [{ line, section, column: undefined, message }];
    }
  });
}

/** The word that SQLite names. */
const NEAR = /(?:near "|function: |function |column name: )(\w+)/;

const REFUSED =
  "it is no single SELECT that only reads: take out whatever writes, attaches, sets a pragma or follows a semicolon";

/** What the author of the profile has to fix; undefined for what lies at the database. */
function fixable(error: unknown): string | undefined {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (error instanceof NotReadingError) return REFUSED;
  if (code !== "SQLITE_ERROR") return undefined;
  const said = String(message);
  if (/^no such (table|column)/.test(said)) return undefined;
  // What SQLite says of syntax and functions holds a word of the SELECT at most; a text in it is nobody's business.
  const near = /^near "([^"']{1,40})": syntax error/.exec(said)?.[1];
  if (near !== undefined) return `SQLite does not understand it near "${near}"`;
  return /^(no such function|wrong number of arguments|misuse of|ambiguous column|incomplete input)/.test(
    said,
  )
    ? `SQLite says: ${said}`
    : "SQLite does not accept it";
}

export class NotReadingError extends Error {}
