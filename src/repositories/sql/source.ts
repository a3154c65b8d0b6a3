/** The SELECTs of a profile as derived tables in the database's dialect. Each stays within its own parentheses. */
import {
  CONTRACT,
  type Column,
  type ColumnType,
  columnsOf,
  SECTION_NAMES,
  type SectionName,
  unconverted,
} from "../../profiles/contract.ts";
import { lineOf, type Profile, type ProfileProblem, problemText } from "../../profiles/profile.ts";
import { SourceError, type SourceFailure } from "../source-failure.ts";
import type { BackedOff } from "./backoff.ts";
import type { Key } from "./history/keys.ts";
import type { Range } from "./ranges.ts";
import { LONGEST_NAME_BYTES, LONGEST_TITLE_CHARACTERS, OVERLONG_NAME } from "./result-size.ts";

/** The expressions that differ between the databases. */
export interface Dialect {
  /** The placeholder of a statement's n-th value, from 1. */
  readonly value: (index: number) => string;
  /** A column's number. NULL if it has another type or is out of range. */
  readonly within: (column: string, range: Range) => string;
  /** Unix epoch milliseconds from the database's clock. */
  readonly now: string;
  /** The functions that return the greatest argument, and that list the texts of a group as JSON. */
  readonly greatest: string;
  readonly list: string;
  /** A text column. A text that is too long is replaced by a short one that `columns.ts` refuses. */
  readonly name: (column: string) => string;
  /** A text column, truncated one character after the maximum. */
  readonly title: (column: string) => string;
}

/** `octet_length` does not load what it measures, and does not change other types: sqlite.org/lang_corefunc.html. */
export const SQLITE: Dialect = {
  value: () => "?",
  // Without column affinity, text is greater than any number: sqlite.org/datatype3.html, 4.1.
  within: (column, { lowest, highest, isWhole }) =>
    `CASE WHEN +${column} BETWEEN ${lowest} AND ${highest}${isWhole ? ` AND CAST(${column} AS INTEGER) = ${column}` : ""} THEN ${column} END`,
  now: "(unixepoch('subsec') * 1000)",
  greatest: "max",
  list: "json_group_array",
  name: (column) =>
    `iif(octet_length(${column}) > ${LONGEST_NAME_BYTES}, x'${OVERLONG_NAME.toString("hex")}', ${column})`,
  title: (column) =>
    `iif(octet_length(${column}) > ${LONGEST_TITLE_CHARACTERS}, substr(${column}, 1, ${LONGEST_TITLE_CHARACTERS + 1}), ${column})`,
};

/** PostgreSQL's columns have types, which are checked once. */
export const POSTGRESQL: Dialect = {
  value: (index) => `$${index}`,
  within: (column, { lowest, highest }) =>
    `CASE WHEN CAST(${column} AS DOUBLE PRECISION) BETWEEN ${lowest} AND ${highest} THEN CAST(${column} AS DOUBLE PRECISION) END`,
  now: "(extract(epoch FROM now()) * 1000)",
  greatest: "greatest",
  list: "json_agg",
  name: (column) => `left(${column}::text, ${LONGEST_NAME_BYTES + 1})`,
  title: (column) => `left(${column}::text, ${LONGEST_TITLE_CHARACTERS + 1})`,
};

/** A remark about a column. */
export interface Finding {
  readonly column: string;
  readonly message: string;
  /** Whether it is an error, now or with the first value. Otherwise it is a warning. */
  readonly isCertain: boolean;
}

/** Describes what a SELECT returns. */
export interface Returned {
  readonly names: readonly string[];
  /** By the contract's column: the expression that converts a time, or casts. */
  readonly sql?: Readonly<Record<string, string>>;
  /** Undefined if the key has no index, or is not ordered by bytes. */
  readonly key?: Key | undefined;
  readonly declared?: readonly Finding[];
}

export class Source {
  readonly profile: Profile;
  readonly dialect: Dialect;
  /** Converts an error of the database to a failure. Returns undefined for a bug. */
  readonly toFailure: (error: unknown) => SourceFailure | undefined;
  /** Messages about values that were omitted because no field can hold them. */
  readonly leftOut = new Set<string>();
  #problems: readonly ProfileProblem[];
  #resting: BackedOff = {};
  /** What each section's SELECT returned when it was last described, and what to select from it. */
  readonly #columns = new Map<SectionName, Returned & { readonly table: string; readonly bounded: string }>();

  constructor(profile: Profile, dialect: Dialect, toFailure: Source["toFailure"]) {
    this.profile = profile;
    this.dialect = dialect;
    this.toFailure = toFailure;
    this.#problems = profile.problems;
  }

  /** The problems of the profile: of the file itself, and against this database. */
  get problems(): readonly ProfileProblem[] {
    return this.#problems;
  }

  /** The sections that the profile has, in the contract's order. */
  get sections(): readonly SectionName[] {
    return SECTION_NAMES.filter((name) => this.has(name));
  }

  /** Returns a section's SELECT with its line. Empty if the profile has none. */
  at(section: SectionName) {
    return this.profile.sections[section] ?? { sql: "", line: 1 };
  }

  /** Returns a problem of a column with its place in the profile. */
  problem(section: SectionName, column: string, message: string): ProfileProblem {
    const written = this.written(section, column);
    const line = lineOf(this.at(section), written);
    return { line, section, column: written, message: message.replaceAll(column, written) };
  }

  /** Returns the name that the SELECT uses for a column: a time has two possible names. */
  written(section: SectionName, column: string): string {
    const isUnconverted = this.#columns.get(section)?.names.includes(unconverted(column)) === true;
    return isUnconverted ? unconverted(column) : column;
  }

  /** Replaces the problems found against the database. */
  noteProblems(problems: readonly ProfileProblem[]): void {
    this.#problems = [...this.profile.problems, ...problems].toSorted((a, b) => a.line - b.line);
  }

  noteColumns(section: SectionName, returned: Returned): void {
    const { names, sql = {} } = returned;
    const isThere = ({ name }: Column) => names.includes(name) || names.includes(unconverted(name));
    const there = columnsOf(section).filter(isThere);
    const bounded = there.map(({ name }) => this.boundedColumn(section, name)).join(", ");
    const optional: readonly Column[] = section === "jobs" ? CONTRACT.jobs.optional : [];
    const unknown = optional.filter((column) => !isThere(column));
    const columns = [
      ...there.map(({ name }) => (sql[name] ? `${sql[name]} AS ${name}` : name)),
      ...unknown.map(({ name, type }) => `${UNKNOWN[type]} AS ${name}`),
    ];
    const table = derivedTable(this.at(section).sql, section);
    const isAsItIs = unknown.length === 0 && Object.keys(sql).length === 0;
    this.#columns.set(section, {
      ...returned,
      bounded,
      table: isAsItIs ? table : derivedTable(`SELECT ${columns.join(", ")} FROM ${table}`, section),
    });
  }

  /** Returns what the declared types of its columns imply. Empty until it has been described. */
  declared(section: SectionName): readonly Finding[] {
    return this.#columns.get(section)?.declared ?? [];
  }

  key(section: SectionName): Key | undefined {
    return this.#columns.get(section)?.key;
  }

  /** Whether its SELECT returned the contract's column when it was last described. */
  returns(section: SectionName, column: string): boolean {
    return this.#columns.get(section)?.names.includes(this.written(section, column)) === true;
  }

  /** Notes that a column holds a value that no field can hold. */
  noteLeftOut(section: SectionName, column: string, met = "a number out of range"): void {
    const name = this.written(section, column);
    const what = name === column ? met : "a time that cannot be read";
    this.leftOut.add(`column ${name} of ${section} holds ${what}: the field is omitted`);
  }

  /** Sets the sections that are not read until the next call. */
  noteResting(resting: BackedOff): void {
    this.#resting = resting;
  }

  isResting(section: SectionName): boolean {
    return this.#resting[section] !== undefined;
  }

  has(section: SectionName): boolean {
    return this.profile.sections[section] !== undefined;
  }

  /**
   * Returns the derived table of a section. Throws SourceError if the profile does not map it or has an error in it,
   * and while it is paused.
   */
  from(section: SectionName): string {
    this.refuseResting(section);
    const problems = this.#problems.filter((problem) => problem.section === section);
    if (problems.length > 0) {
      throw SourceError.of(
        "failed_precondition",
        problems.map((problem) => problemText(this.profile.name, problem)).join("; "),
      );
    }
    const { sql } = this.profile.sections[section] ?? {};
    if (sql === undefined) {
      throw SourceError.of("unimplemented", `the profile maps no ${CONTRACT[section].noun}`);
    }
    return this.#columns.get(section)?.table ?? derivedTable(sql, section);
  }

  /** Returns the list of all its columns for a SELECT, with texts of bounded length. */
  bounded(section: SectionName): string {
    return this.#columns.get(section)?.bounded ?? "*";
  }

  boundedColumn(section: SectionName, name: string): string {
    if (columnsOf(section).find((column) => column.name === name)?.type !== "text") return name;
    const { dialect } = this;
    return `${name === "title" ? dialect.title(name) : dialect.name(name)} AS ${name}`;
  }

  refuseResting(section: SectionName): void {
    const failure = this.#resting[section];
    if (failure) throw new SourceError(failure);
  }
}

/** Values for columns that `jobs` does not return. A job is open as long as its status says so. */
const UNKNOWN: Readonly<Partial<Record<ColumnType, string>>> = {
  text: "CAST(NULL AS TEXT)",
  int: "CAST(NULL AS BIGINT)",
  flag: "status IN ('queued', 'running')",
};

/** The line break ends a comment on the last line. */
export function derivedTable(sql: string, alias: string): string {
  return `(\n${sql}\n) AS ${alias}`;
}
