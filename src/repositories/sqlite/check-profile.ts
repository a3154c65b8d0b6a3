/** Holds a profile against a SQLite database, before any of its SELECTs runs. */
import type { ProfileFault } from "../../profiles/profile.ts";
import type { Query } from "../sql/asking.ts";
import { isHistorySection, keyFaults, mappedSections, sectionFaults } from "../sql/check-columns.ts";
import { derivedTable, type Source } from "../sql/source.ts";
import { EXPLANATION } from "./explanation.ts";

export interface Preparation {
  /** The names of the columns that a SELECT returns. Throws SQLite's error for what cannot be prepared. */
  readonly columnNames: (sql: string) => readonly string[];
  /** Throws for what could do anything but read, or is more than one statement. */
  readonly refuseWriting: (sql: string) => void;
  /** The rows of `EXPLAIN QUERY PLAN`. */
  readonly explain: Query;
}

/**
 * Every fault, section by section. A table or a column that the database lacks is not the profile's fault: it may
 * come, and whoever reads the section is told.
 */
export function checkProfile(source: Source, preparation: Preparation): readonly ProfileFault[] {
  source.noteFaults([]);
  return mappedSections(source).flatMap((section): readonly ProfileFault[] => {
    const { sql = "", line = 1 } = source.profile.sections[section] ?? {};
    if (source.profile.faults.some((fault) => fault.section === section)) return [];
    const fault = (message: string): ProfileFault => ({ line, section, column: undefined, message });
    try {
      preparation.refuseWriting(sql);
      const names = preparation.columnNames(`SELECT * FROM ${derivedTable(sql, section)}`);
      const faults = sectionFaults(source, section, { names });
      if (faults.length > 0 || !isHistorySection(section)) return faults;
      return keyFaults(source, section, (statement) => {
        const plan = EXPLANATION.lines(preparation.explain(statement));
        return plan.some((line) => EXPLANATION.isScan(line, plan));
      });
    } catch (error) {
      const message = mendable(error);
      return message === undefined ? [] : [fault(message)];
    }
  });
}

const REFUSED =
  "it is no single SELECT that only reads: take out whatever writes, attaches, sets a pragma or follows a semicolon";

/** What the author of the profile has to mend; undefined for what lies at the database. */
function mendable(error: unknown): string | undefined {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (error instanceof NotReadingError) return REFUSED;
  if (code !== "SQLITE_ERROR") return undefined;
  const said = String(message);
  if (/^no such (table|column)/.test(said)) return undefined;
  // What SQLite says of syntax and functions holds a word of the SELECT at most.
  const near = /^near "([^"]{1,40})": syntax error/.exec(said)?.[1];
  if (near !== undefined) return `SQLite does not understand it near "${near}"`;
  return /^(no such function|wrong number of arguments|misuse of|ambiguous column|incomplete input)/.test(
    said,
  )
    ? `SQLite says: ${said}`
    : "SQLite does not accept it";
}

export class NotReadingError extends Error {}
