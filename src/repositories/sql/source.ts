/** The SELECTs of a profile as tables to select from: whatever stands in one, it stays within its parentheses. */
import { CONTRACT, type SectionContract, type SectionName } from "../../profiles/contract.ts";
import { faultText, type Profile, type ProfileFault } from "../../profiles/profile.ts";
import { SourceError } from "../fault.ts";
import type { BackedOff } from "./backoff.ts";
import type { Dialect } from "./dialect.ts";

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
