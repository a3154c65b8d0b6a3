/** Checks a profile against a PostgreSQL database: names, types and keys of what its SELECTs return. */
import type pg from "pg";
import {
  type Column,
  type ColumnType,
  columnsOf,
  isTime,
  KEYS,
  type SectionName,
  unconverted,
} from "../../profiles/contract.ts";
import type { Profile, ProfileProblem, ProfileSection } from "../../profiles/profile.ts";
import { telling } from "../detect.ts";
import type { Fit } from "../repository.ts";
import type { SourceFailure } from "../source-failure.ts";
import type { BackedOff } from "../sql/backoff.ts";
import { noIndexProblem, sectionProblems } from "../sql/check-columns.ts";
import { type Key, WHOLE_NUMBER } from "../sql/history/keys.ts";
import { isHistorySection } from "../sql/history/table.ts";
import { derivedTable, type Source } from "../sql/source.ts";
import { type PostgresqlTime, postgresqlTime } from "../sql/times.ts";
import type { Ask } from "./connection.ts";
import { isLost, toFailure } from "./failures.ts";

/** `oid`s of `pg_type`, which are the same on every server. */
const TEXT = 25;
const UUID = 2950;
const TEXTS = [18, 19, TEXT, 1042, 1043];
const WHOLES = [20, 21, 23];
/** Includes the type of `extract(epoch FROM …)`: a time may be infinite, which a bigint cannot hold. */
const NUMBERS = [...WHOLES, 700, 701, 1700];
const TIME_TYPES: readonly (readonly [PostgresqlTime, readonly number[]])[] = [
  ["timestamp", [1184, 1114, 1082]],
  ["number", NUMBERS],
  ["text", TEXTS],
];
const ACCEPTED: Readonly<Record<ColumnType, readonly number[]>> = {
  text: TEXTS,
  int: WHOLES,
  real: [...WHOLES, 700, 701],
  flag: [16],
  pid: WHOLES,
  code: WHOLES,
  key: [...WHOLES, ...TEXTS, UUID],
};

const CAST: Readonly<Record<ColumnType, string>> = {
  text: "::text",
  int: "::bigint",
  real: "::double precision",
  flag: "::boolean",
  pid: "::bigint",
  code: "::integer",
  key: "::bigint",
};

/** Conversions that a cast cannot do. The first match applies. */
const CONVERSIONS: readonly (readonly [wanted: RegExp, met: RegExp, fix: string])[] = [
  [/text/, /^bytea$/, "convert it with encode(x, 'hex')"],
  [/text/, /./, "cast it with ::text"],
  [/./, /\[\]$/, "select one of its elements, as in x[1]"],
  [/./, /^json/, "convert it with (x #>> '{}')::type"],
  [/int|real/, /^(timestamp|date)/, "convert it with extract(epoch FROM x) * 1000"],
  [/int|real|pid/, /^boolean/, "cast it with ::int"],
  [/flag/, /^(bigint|numeric|smallint|real|double)/, "compare it, as in x <> 0"],
];

/** The SQLSTATE for a parameter such as `$1`, which has no value. */
const PARAMETER = "08P01";

/** SQLSTATEs that the author of a profile must fix: syntax errors, parameters, and unknown or ambiguous names in the SELECT. */
const FIXABLE = /^(08P01|42601|42883|42702|42803|42804|42P10|42P18|42725|42846|25006|0A000)$/;

const PERMISSION_DENIED = "42501";

export interface Checked {
  readonly problems: readonly ProfileProblem[];
  /** False if a section could not be checked, for example because of a lock. */
  readonly isComplete: boolean;
  /** Sections that the role cannot read in full, so that their columns are unknown. */
  readonly denied: BackedOff;
}

/**
 * Resolves with every problem by section. A missing table is not a problem of the profile. Rejects if the connection is lost.
 */
export async function checkProfile(source: Source, ask: Ask): Promise<Checked> {
  source.noteProblems([]);
  const problems: ProfileProblem[] = [];
  let isComplete = true;
  const denied: Record<string, SourceFailure> = {};
  for (const section of source.sections) {
    if (source.profile.problems.some((problem) => problem.section === section)) continue;
    const at = source.at(section);
    try {
      problems.push(...(await checkSection(source, section, ask)));
    } catch (error) {
      if (isLost(error)) throw error;
      const { code, message, position } = error as { code?: unknown; message?: unknown; position?: unknown };
      const failure = code === PERMISSION_DENIED ? toFailure(error) : undefined;
      if (failure) denied[section] = failure;
      if (!FIXABLE.test(String(code))) {
        isComplete = false;
        continue;
      }
      const line = at.line + lineWithin(described(at.sql), Number(position));
      problems.push({ line, section, column: undefined, message: inWords(String(code), String(message)) });
    }
  }
  return { problems, isComplete, denied };
}

/** SQLSTATEs of a missing table, column, schema or type, in addition to errors of the SELECT itself. */
const MISSING = /^(42P01|42703|3F000|42704)$/;

/**
 * A SELECT that the role may not read counts as fitting. Rejects if the server cannot check it, for example because of a lock.
 */
export async function fitOf(profile: Profile, ask: Ask): Promise<Fit> {
  const accepts = async ({ sql }: ProfileSection): Promise<boolean> => {
    try {
      await ask({ sql: described(sql), values: [] });
      return true;
    } catch (error) {
      const code = String((error as { code?: unknown }).code);
      if (code === PERMISSION_DENIED) return true;
      if (MISSING.test(code) || FIXABLE.test(code)) return false;
      throw error;
    }
  };
  const selects = telling(profile);
  let accepted = 0;
  // Sequentially, since most fail, and each failure makes the statements sent after it be repeated.
  for (const select of selects) if (await accepts(select)) accepted += 1;
  return { profile: profile.name, accepted, selects: selects.length };
}

async function checkSection(
  source: Source,
  section: SectionName,
  ask: Ask,
): Promise<readonly ProfileProblem[]> {
  const { sql } = source.at(section);
  const { fields } = await ask({ sql: described(sql), values: [] });
  const names = fields.map(({ name }) => name);
  const converted: Record<string, string> = {};
  const mistyped: { column: string; message: string }[] = [];
  for (const column of columnsOf(section)) {
    const { name, type } = column;
    const field = fields.find((one) => one.name === name || one.name === unconverted(name));
    if (!field) continue;
    const { dataTypeID } = field;
    if (field.name !== name) {
      const [time] = TIME_TYPES.find(([, types]) => types.includes(dataTypeID)) ?? [];
      if (time) converted[name] = postgresqlTime(field.name, time, await canTell(ask));
      else mistyped.push({ column: name, message: await typeMessage(column, field, ask) });
      continue;
    }
    const accepted = isTime(name) ? NUMBERS : ACCEPTED[type];
    if (accepted.includes(dataTypeID)) continue;
    if (await isCastable(sql, names, column, field, ask)) converted[name] = `${name}${CAST[type]}`;
    else mistyped.push({ column: name, message: await typeMessage(column, field, ask) });
  }
  const returned = { names, sql: converted };
  source.noteColumns(section, returned);
  const problems = sectionProblems(source, section, names, mistyped);
  if (problems.length > 0 || !isHistorySection(section)) return problems;
  const field = fields.find(({ name }) => name === KEYS[section]);
  const key = field && (await keyOf(field, ask));
  source.noteColumns(section, { ...returned, key });
  return key || section === "jobs" ? [] : [noIndexProblem(source, section)];
}

async function canTell(ask: Ask): Promise<boolean> {
  const sql = "SELECT to_regproc('pg_catalog.pg_input_is_valid') IS NOT NULL AS yes";
  return (await ask({ sql, values: [] })).rows[0]?.yes === true;
}

/** The SELECT begins on the second line. */
function described(sql: string): string {
  return `SELECT * FROM ${derivedTable(sql, "section")} LIMIT 0`;
}

/** Returns the number of lines before a position that PostgreSQL reports (from 1, in characters), or 0 without a position. */
function lineWithin(sql: string, position: number): number {
  return Number.isNaN(position) ? 0 : [...sql].slice(0, position - 1).filter((one) => one === "\n").length;
}

/**
 * Whether the service can cast the column itself: a UUID, or a text whose type the SELECT does not specify, such as
 * `NULL AS x`. PostgreSQL gives only such a column another type in a UNION. A SELECT with its own UNION is accepted
 * without parentheses, and one with ORDER BY only with them.
 */
async function isCastable(
  sql: string,
  names: readonly string[],
  { name, type, nullable }: Column,
  { dataTypeID }: pg.FieldDef,
  ask: Ask,
): Promise<boolean> {
  if (type === "text") return dataTypeID === UUID;
  if (!nullable || dataTypeID !== TEXT) return false;
  const typed = names.map((other) => (other === name ? `NULL${CAST[type]}` : "NULL")).join(", ");
  for (const select of [`(\n${sql}\n)`, sql]) {
    try {
      await ask({ sql: described(`SELECT ${typed} WHERE FALSE UNION ALL ${select}`), values: [] });
      return true;
    } catch (error) {
      if (isLost(error)) throw error;
    }
  }
  return false;
}

async function typeMessage({ name, type }: Column, { dataTypeID }: pg.FieldDef, ask: Ask): Promise<string> {
  const sql = "SELECT pg_catalog.format_type($1::oid, NULL) AS type";
  const met = String((await ask({ sql, values: [dataTypeID] })).rows[0]?.type);
  const known = CONVERSIONS.find((one) => one[0].test(type) && one[1].test(met));
  const fix = (known?.[2] ?? "cast it with ::type").replace("::type", CAST[type]);
  if (!isTime(name)) return `column ${name} is ${met}, but ${type} is expected: ${fix}`;
  return `column ${name} is ${met}, but milliseconds are expected: select a timestamp, text or number AS ${unconverted(name)}`;
}

/**
 * Returns the key if it is a table's column that begins an index. For a view nothing is known, and the column is accepted. A
 * text is compared in the collation of the index, which must order by bytes: "C" does, and most others only by name.
 */
async function keyOf({ tableID, columnID, dataTypeID }: pg.FieldDef, ask: Ask): Promise<Key | undefined> {
  if (tableID === 0) return undefined;
  const { rows } = await ask({
    sql: `SELECT DISTINCT relkind IN ('r', 'p') AS is_table, indrelid IS NOT NULL AS indexed,
        quote_ident(nspname) || '.' || quote_ident(collname) AS collation
      FROM pg_catalog.pg_class LEFT JOIN pg_catalog.pg_index ON indrelid = pg_class.oid AND indkey[0] = $2::int2
      LEFT JOIN pg_catalog.pg_collation ON pg_collation.oid = indcollation[0]
      LEFT JOIN pg_catalog.pg_namespace ON pg_namespace.oid = collnamespace
      WHERE pg_class.oid = $1::oid`,
    values: [tableID, columnID],
  });
  if (rows[0]?.is_table === true && rows[0].indexed !== true) return undefined;
  if (WHOLES.includes(dataTypeID)) return WHOLE_NUMBER;
  if (dataTypeID === UUID) return { isText: true, order: "", type: "uuid" };
  for (const { collation } of rows) {
    const order = ` COLLATE ${collation ?? 'pg_catalog."default"'}`;
    const isByBytes = await ask({ sql: `SELECT 'B' < 'a'${order} AND '_' < 'a'${order} AS yes`, values: [] });
    if (isByBytes.rows[0]?.yes === true) return { isText: true, order, type: "text" };
  }
  return undefined;
}

/** Returns those of PostgreSQL's messages that contain no value. */
function inWords(code: string, message: string): string {
  const near = /^syntax error at or near "([^"']{1,40})"/.exec(message)?.[1];
  if (near !== undefined) return `syntax error near "${near}": use a single SELECT`;
  if (code === "25006") return "not a read-only SELECT";
  if (code === PARAMETER) return "the SELECT has a parameter: write its value instead";
  return /^(function|operator|column reference|column) [^:]{1,200}$/.test(message)
    ? `PostgreSQL reports: ${message}`
    : `PostgreSQL rejects the SELECT (SQLSTATE ${code})`;
}
