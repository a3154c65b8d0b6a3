/** Holds a profile against a PostgreSQL database: names, types and keys of what its SELECTs return. */
import type pg from "pg";
import {
  CONTRACT,
  type Column,
  type ColumnType,
  KEYS,
  type SectionContract,
  type SectionName,
} from "../../profiles/contract.ts";
import type { ProfileProblem } from "../../profiles/profile.ts";
import { isHistorySection, mappedSections, noIndexProblem, sectionProblems } from "../sql/check-columns.ts";
import type { Explanation } from "../sql/examine.ts";
import { isTime } from "../sql/ranges.ts";
import { derivedTable, type Source } from "../sql/source.ts";
import type { Ask } from "./connection.ts";
import { isLost } from "./failures.ts";

/** `oid`s of `pg_type`, which are the same on every server. */
const TYPE_NAMES: Readonly<Record<number, string>> = {
  16: "boolean",
  18: '"char"',
  19: "name",
  20: "bigint",
  21: "smallint",
  23: "integer",
  25: "text",
  700: "real",
  701: "double precision",
  1042: "character",
  1043: "character varying",
  1082: "date",
  1114: "timestamp",
  1184: "timestamp with time zone",
  1700: "numeric",
  2950: "uuid",
  114: "json",
  3802: "jsonb",
};

const TEXTS = [18, 19, 25, 1042, 1043];
const WHOLES = [20, 21, 23];
/** What `extract(epoch FROM …)` gives among them: a time may be infinite, and a bigint cannot. */
const NUMBERS = [...WHOLES, 700, 701, 1700];
const ACCEPTED: Readonly<Record<ColumnType, readonly number[]>> = {
  text: TEXTS,
  int: WHOLES,
  real: [...WHOLES, 700, 701],
  flag: [16],
  pid: WHOLES,
};

const CAST: Readonly<Record<ColumnType, string>> = {
  text: "::text",
  int: "::bigint",
  real: "::double precision",
  flag: "::boolean",
  pid: "::bigint",
};

/** `NULL AS x` is text to PostgreSQL. */
const UNTYPED_NULL = 25;

/** SQLSTATEs of what the author of a profile has to fix: syntax, and what is unknown or ambiguous in the SELECT. */
const FIXABLE = /^(42601|42883|42702|42803|42804|42P10|42P18|42725|42846|25006|0A000)$/;

export interface Checked {
  readonly problems: readonly ProfileProblem[];
  /** False where a lock, say, kept a section from being checked. */
  readonly isComplete: boolean;
}

/** Every problem, section by section; a table that is missing is not the profile's. Rejects where the connection is lost. */
export async function checkProfile(source: Source, ask: Ask): Promise<Checked> {
  source.noteProblems([]);
  const problems: ProfileProblem[] = [];
  let isComplete = true;
  for (const section of mappedSections(source)) {
    if (source.profile.problems.some((problem) => problem.section === section)) continue;
    const at = source.profile.sections[section] ?? { sql: "", line: 1 };
    try {
      problems.push(...(await checkSection(source, section, ask)));
    } catch (error) {
      if (isLost(error)) throw error;
      const { code, message, position } = error as { code?: unknown; message?: unknown; position?: unknown };
      if (!FIXABLE.test(String(code))) {
        isComplete = false;
        continue;
      }
      const line = at.line + lineWithin(described(at.sql), Number(position));
      problems.push({ line, section, column: undefined, message: inWords(String(code), String(message)) });
    }
  }
  return { problems, isComplete };
}

async function checkSection(
  source: Source,
  section: SectionName,
  ask: Ask,
): Promise<readonly ProfileProblem[]> {
  const at = source.profile.sections[section] ?? { sql: "", line: 1 };
  const { sql } = at;
  const { fields } = await ask({ sql: described(sql), values: [] });
  const names = fields.map(({ name }) => name);
  source.noteColumns(section, names);
  const { columns, optional }: SectionContract = CONTRACT[section];
  const typed = [...columns, ...optional].flatMap((column) => {
    const field = fields.find(({ name }) => name === column.name);
    return field ? typeProblems(column, field) : [];
  });
  const problems = sectionProblems(source, section, { names, problems: typed });
  if (problems.length > 0 || !isHistorySection(section)) return problems;
  const key = fields.find(({ name }) => name === KEYS[section]);
  if (key === undefined || (await isIndexed(key, ask))) return [];
  return [noIndexProblem(source, section)];
}

/** The SELECT begins on the second line. */
function described(sql: string): string {
  return `SELECT * FROM ${derivedTable(sql, "section")} LIMIT 0`;
}

/** How many lines stand before a place that PostgreSQL names, from 1, in characters; 0 where it names none. */
function lineWithin(sql: string, position: number): number {
  return Number.isNaN(position) ? 0 : [...sql].slice(0, position - 1).filter((one) => one === "\n").length;
}

function typeProblems({ name, type, nullable }: Column, { dataTypeID }: pg.FieldDef) {
  const accepted = isTime(name) ? NUMBERS : ACCEPTED[type];
  if (accepted.includes(dataTypeID) || (nullable && dataTypeID === UNTYPED_NULL)) return [];
  const fix = isTime(name) ? "write extract(epoch FROM …) * 1000" : `cast it with ${CAST[type]}`;
  const met = TYPE_NAMES[dataTypeID] ?? `a type of its own (oid ${dataTypeID})`;
  return [
    {
      column: name,
      message: `column ${name} is ${met} where ${type} is expected: ${fix}`,
    },
  ];
}

/** A column of a table that begins an index; of a view or an expression nothing is known, and it is taken as it is. */
async function isIndexed({ tableID, columnID }: pg.FieldDef, ask: Ask): Promise<boolean> {
  if (tableID === 0) return false;
  const { rows } = await ask({
    sql: `SELECT EXISTS (SELECT FROM pg_catalog.pg_index WHERE indrelid = pg_class.oid AND indkey[0] = $2::int2) AS indexed
      FROM pg_catalog.pg_class WHERE oid = $1::oid AND relkind IN ('r', 'p')`,
    values: [tableID, columnID],
  });
  return rows[0] === undefined || rows[0].indexed === true;
}

/** Of PostgreSQL's words only those that name no value. */
function inWords(code: string, message: string): string {
  const near = /^syntax error at or near "([^"']{1,40})"/.exec(message)?.[1];
  if (near !== undefined) return `PostgreSQL does not understand it near "${near}": it is to be one SELECT`;
  if (code === "25006") return "it is no SELECT that only reads";
  return /^(function|operator|column reference|column) [^:]{1,200}$/.test(message)
    ? `PostgreSQL says: ${message}`
    : `PostgreSQL does not accept it (SQLSTATE ${code})`;
}

/** How PostgreSQL explains a SELECT. */
export const EXPLANATION: Explanation = {
  prefix: "EXPLAIN (COSTS FALSE)",
  lines: (rows) => rows.map((row) => String(Object.values(row)[0]).trim()),
  isScan: (line) => /\bSeq Scan on /.test(line),
};
