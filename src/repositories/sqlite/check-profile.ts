/** Checks a profile against a SQLite database before any of its SELECTs runs. */
import { columnsOf, isTime, KEYS, unconverted } from "../../profiles/contract.ts";
import { lineOf, type ProfileProblem } from "../../profiles/profile.ts";
import { noIndexProblem, sectionProblems } from "../sql/check-columns.ts";
import { type Key, WHOLE_NUMBER } from "../sql/history/keys.ts";
import { historyTable, isHistorySection } from "../sql/history/table.ts";
import { derivedTable, type Source } from "../sql/source.ts";
import { sqliteTime } from "../sql/times.ts";
import { type Connection, NotReadingError } from "./connection.ts";
import { declaredProblems, TEXT } from "./declared-types.ts";
import { planOf, scansTable } from "./explain.ts";

/**
 * Returns every problem by section. A table or column that the database lacks is not a problem of the profile: it may
 * be created later, and each reading of the section reports it.
 */
export function checkProfile(source: Source, connection: Connection): readonly ProfileProblem[] {
  source.noteProblems([]);
  return source.sections.flatMap((section): readonly ProfileProblem[] => {
    const at = source.at(section);
    if (source.profile.problems.some((problem) => problem.section === section)) return [];
    try {
      if (PRAGMA_TABLE.test(at.sql)) throw new NotReadingError();
      connection.refuseWriting(at.sql);
      const columns = connection.columns(`SELECT * FROM ${derivedTable(at.sql, section)}`);
      // SQLite names the second column of the same name `name:1`.
      const names = columns.map(({ name }) => name.replace(/:\d+$/, ""));
      const times = columnsOf(section).filter(
        ({ name }) => names.includes(unconverted(name)) && isTime(name),
      );
      const sql = Object.fromEntries(
        times.map(({ name }) => [name, sqliteTime(unconverted(name), source.profile.timezone)]),
      );
      const returned = { names, sql, declared: declaredProblems(section, columns) };
      const problems = sectionProblems(source, section, names);
      source.noteColumns(section, returned);
      if (problems.length > 0 || !isHistorySection(section)) return problems;
      const key = keyOf(columns.find(({ name }) => name === KEYS[section])?.type ?? "");
      source.noteColumns(section, { ...returned, key });
      const bound = key.isText ? "" : 0n;
      const { sql: select, values } = historyTable(source, section).idAfter({ after: bound, upTo: bound }, 0);
      const plan = planOf(connection.query({ sql: `EXPLAIN QUERY PLAN ${select}`, values }));
      const isSorted = plan.some((line) => line.startsWith("USE TEMP B-TREE FOR ORDER BY"));
      if (!scansTable(plan) && !(isSorted && section === "jobs")) return [];
      source.noteColumns(section, returned);
      return section === "jobs" ? [] : [noIndexProblem(source, section)];
    } catch (error) {
      const message = fixable(error);
      if (message === undefined) return [];
      const near = NEAR.exec(message)?.[1];
      const line = near === undefined ? at.line : lineOf(at, near);
      return [{ line, section, column: undefined, message }];
    }
  });
}

/**
 * Returns the key for a declared type. Texts are compared as in the index, which orders by bytes unless it has
 * another collation.
 */
function keyOf(declared: string): Key {
  return TEXT.test(declared) ? { isText: true, order: " COLLATE BINARY", type: "TEXT" } : WHOLE_NUMBER;
}

/** Matches the word that SQLite names. */
const NEAR = /(?:near "|function: |function |column name: )(\w+)/;

/** Reads a pragma like a table: sqlite.org/pragma.html, "PRAGMA functions". */
const PRAGMA_TABLE = /\bpragma_\w/i;

const REFUSED =
  "not a single read-only SELECT: remove anything that writes, attaches, is a pragma or a parameter such as ?, or follows a semicolon";

/** Returns what the author of the profile must fix, or undefined for a problem of the database. */
function fixable(error: unknown): string | undefined {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (error instanceof NotReadingError) return REFUSED;
  if (code !== "SQLITE_ERROR") return undefined;
  const said = String(message);
  if (/^no such (table|column)/.test(said)) return undefined;
  // SQLite's messages about syntax and functions contain at most a word of the SELECT. String literals in it must not
  // be shown.
  const near = /^near "([^"']{1,40})": syntax error/.exec(said)?.[1];
  if (near !== undefined) return `syntax error near "${near}"`;
  return /^(no such function|wrong number of arguments|misuse of|ambiguous column|incomplete input)/.test(
    said,
  )
    ? `SQLite reports: ${said}`
    : "SQLite rejects the SELECT";
}
