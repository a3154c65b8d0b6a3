/**
 * The SELECTs of a profile as tables to select from, in the database's dialect. Whatever stands in one, it stays within its
 * parentheses.
 */
import { CONTRACT, type SectionContract, type SectionName } from "../../profiles/contract.ts";
import { faultText, type Profile, type ProfileFault } from "../../profiles/profile.ts";
import { SourceError } from "../fault.ts";
import type { BackedOff } from "./backoff.ts";
import { LONGEST_NAME_BYTES, LONGEST_TITLE_CHARACTERS, OVERLONG_NAME } from "./result-size.ts";

/** The few words in which the databases differ. */
export interface Dialect {
  /** The placeholder of the n-th value of a statement, from 1. */
  readonly value: (index: number) => string;
  /** A condition that holds where the column is of none of these kinds; types by `typeof()`. */
  readonly mistyped: (column: string, wanted: "whole" | "number") => string;
  /** A text column, or of one that is too long something short that `columns.ts` refuses. */
  readonly name: (column: string) => string;
  /** A text column, cut one character behind the longest. */
  readonly title: (column: string) => string;
}

/** `octet_length` does not load what it measures, and leaves every other type as it is: sqlite.org/lang_corefunc.html. */
export const SQLITE: Dialect = {
  value: () => "?",
  mistyped: (column, wanted) =>
    `typeof(${column}) NOT IN (${wanted === "whole" ? "'integer', 'null'" : "'integer', 'real', 'null'"})`,
  name: (column) =>
    `iif(octet_length(${column}) > ${LONGEST_NAME_BYTES}, x'${OVERLONG_NAME.toString("hex")}', ${column})`,
  title: (column) =>
    `iif(octet_length(${column}) > ${LONGEST_TITLE_CHARACTERS}, substr(${column}, 1, ${LONGEST_TITLE_CHARACTERS + 1}), ${column})`,
};

/** Columns have types there, which are checked once. */
export const POSTGRESQL: Dialect = {
  value: (index) => `$${index}`,
  mistyped: () => "FALSE",
  name: (column) => `left(${column}::text, ${LONGEST_NAME_BYTES + 1})`,
  title: (column) => `left(${column}::text, ${LONGEST_TITLE_CHARACTERS + 1})`,
};

export class Source {
  readonly profile: Profile;
  readonly dialect: Dialect;
  #faults: readonly ProfileFault[];
  #resting: BackedOff = {};
  /** What each section's SELECT returns, as it was last described. */
  readonly #columns = new Map<SectionName, readonly string[]>();

  constructor(profile: Profile, dialect: Dialect) {
    this.profile = profile;
    this.dialect = dialect;
    this.#faults = profile.faults;
  }

  /** What is wrong with the profile, in the file itself and against this database. */
  get faults(): readonly ProfileFault[] {
    return this.#faults;
  }

  /** What was found against the database as it is now; replaces what was found before. */
  noteFaults(faults: readonly ProfileFault[]): void {
    this.#faults = [...this.profile.faults, ...faults].toSorted((a, b) => a.line - b.line);
  }

  noteColumns(section: SectionName, names: readonly string[]): void {
    this.#columns.set(section, names);
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
    const faults = this.#faults.filter((fault) => fault.section === section);
    if (faults.length > 0) {
      throw new SourceError({
        code: "failed_precondition",
        message: faults.map((fault) => faultText(this.profile.name, fault)).join("; "),
      });
    }
    const { sql } = this.profile.sections[section] ?? {};
    if (sql === undefined) {
      throw new SourceError({
        code: "unimplemented",
        message: `the profile maps no ${CONTRACT[section].noun}`,
      });
    }
    return derivedTable(sql, section);
  }

  /** What to select from it to get all its columns, with texts of a bounded length. */
  bounded(section: SectionName): string {
    const names = this.#columns.get(section);
    return names ? names.map((name) => this.boundedColumn(section, name)).join(", ") : "*";
  }

  boundedColumn(section: SectionName, name: string): string {
    const { columns, optional }: SectionContract = CONTRACT[section];
    if ([...columns, ...optional].find((column) => column.name === name)?.type !== "text") return name;
    const { dialect } = this;
    return `${name === "title" ? dialect.title(name) : dialect.name(name)} AS ${name}`;
  }

  refuseResting(section: SectionName): void {
    const fault = this.#resting[section];
    if (fault) throw new SourceError(fault);
  }
}

/** The line break ends a comment in the last line. */
export function derivedTable(sql: string, alias: string): string {
  return `(\n${sql}\n) AS ${alias}`;
}
