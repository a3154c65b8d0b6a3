/**
 * The SELECTs of a profile as tables to select from, in the database's dialect. Whatever stands in one, it stays within its
 * parentheses.
 */
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
import { SourceError } from "../source-failure.ts";
import type { BackedOff } from "./backoff.ts";
import type { Key } from "./history/keys.ts";
import type { Range } from "./ranges.ts";
import { LONGEST_NAME_BYTES, LONGEST_TITLE_CHARACTERS, OVERLONG_NAME } from "./result-size.ts";

/** The few words in which the databases differ. */
export interface Dialect {
  /** The placeholder of the n-th value of a statement, from 1. */
  readonly value: (index: number) => string;
  /** A column's number; NULL if it is of another type, or out of the range. */
  readonly within: (column: string, range: Range) => string;
  /** Unix epoch milliseconds, by the clock of the database. */
  readonly now: string;
  /** The function that gives the greatest of its arguments, and the one that lists the texts of a group as JSON. */
  readonly greatest: string;
  readonly list: string;
  /** A text column, or of one that is too long something short that `columns.ts` refuses. */
  readonly name: (column: string) => string;
  /** A text column, cut one character behind the longest. */
  readonly title: (column: string) => string;
}

/** `octet_length` does not load what it measures, and leaves every other type as it is: sqlite.org/lang_corefunc.html. */
export const SQLITE: Dialect = {
  value: () => "?",
  // Without its affinity, text is greater than any number: sqlite.org/datatype3.html, 4.1.
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

/** Columns have types there, which are checked once. */
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

/** What is to be said of a column. */
export interface Finding {
  readonly column: string;
  readonly message: string;
  /** It is wrong, or will be with the first value; otherwise a warning. */
  readonly isCertain: boolean;
}

/** What a SELECT returns. */
export interface Returned {
  readonly names: readonly string[];
  /** By the contract's column: what gives it its type, of a time that is to be converted or a cast. */
  readonly sql?: Readonly<Record<string, string>>;
  /** Undefined if its key has no index, or is in no order of bytes. */
  readonly key?: Key | undefined;
  readonly declared?: readonly Finding[];
}

export class Source {
  readonly profile: Profile;
  readonly dialect: Dialect;
  /** What no field can hold, and so is left out of the answers. */
  readonly leftOut = new Set<string>();
  #problems: readonly ProfileProblem[];
  #resting: BackedOff = {};
  /** What each section's SELECT returns, as it was last described, and what to read from it. */
  readonly #columns = new Map<SectionName, Returned & { readonly table: string; readonly bounded: string }>();

  constructor(profile: Profile, dialect: Dialect) {
    this.profile = profile;
    this.dialect = dialect;
    this.#problems = profile.problems;
  }

  /** What is wrong with the profile, in the file itself and against this database. */
  get problems(): readonly ProfileProblem[] {
    return this.#problems;
  }

  /** The sections that the profile has, in the contract's order. */
  get sections(): readonly SectionName[] {
    return SECTION_NAMES.filter((name) => this.has(name));
  }

  /** A section's SELECT, and where it stands; empty where the profile has none. */
  at(section: SectionName) {
    return this.profile.sections[section] ?? { sql: "", line: 1 };
  }

  /** What is wrong with a column, at its place in the profile. */
  problem(section: SectionName, column: string, message: string): ProfileProblem {
    const written = this.written(section, column);
    const line = lineOf(this.at(section), written);
    return { line, section, column: written, message: message.replaceAll(column, written) };
  }

  /** A column by the name that the SELECT has for it: of a time there are two. */
  written(section: SectionName, column: string): string {
    const isUnconverted = this.#columns.get(section)?.names.includes(unconverted(column)) === true;
    return isUnconverted ? unconverted(column) : column;
  }

  /** What was found against the database as it is now; replaces what was found before. */
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

  /** What the declared types of its columns promise; nothing as long as it was not described. */
  declared(section: SectionName): readonly Finding[] {
    return this.#columns.get(section)?.declared ?? [];
  }

  key(section: SectionName): Key | undefined {
    return this.#columns.get(section)?.key;
  }

  /** Whether its SELECT returns the contract's column, or as it was last described did. */
  returns(section: SectionName, column: string): boolean {
    return this.#columns.get(section)?.names.includes(this.written(section, column)) === true;
  }

  /** What was met in a column that no field can hold. */
  noteLeftOut(section: SectionName, column: string, met = "a number out of range"): void {
    const name = this.written(section, column);
    const what = name === column ? met : "a time that cannot be read";
    this.leftOut.add(`column ${name} of ${section} holds ${what}: the field is left out`);
  }

  /** Sections to be left alone until told otherwise. */
  noteResting(resting: BackedOff): void {
    this.#resting = resting;
  }

  isResting(section: SectionName): boolean {
    return this.#resting[section] !== undefined;
  }

  has(section: SectionName): boolean {
    return this.profile.sections[section] !== undefined;
  }

  /** Throws a SourceError where the profile leaves the section out or has it wrong, and while it is left alone. */
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

  /** What to select from it to get all its columns, with texts of a bounded length. */
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

/** Of a column that `jobs` leaves out. A job is open as long as its status says so. */
const UNKNOWN: Readonly<Partial<Record<ColumnType, string>>> = {
  text: "CAST(NULL AS TEXT)",
  int: "CAST(NULL AS BIGINT)",
  flag: "status IN ('queued', 'running')",
};

/** The line break ends a comment in the last line. */
export function derivedTable(sql: string, alias: string): string {
  return `(\n${sql}\n) AS ${alias}`;
}
