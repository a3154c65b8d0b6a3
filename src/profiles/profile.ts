/** A profile maps the tables of an orchestrator or job queue to the contract: one SELECT for each section. Plain data. */
import type { SectionName } from "./contract.ts";
import type { FileTable } from "./file-tables.ts";

/** `files`: rows read from JSON files, in SQLite's SQL. */
export type SqlDialect = "sqlite" | "postgresql" | "files";

/** A section's SELECT without a semicolon, and the line of the file at which it begins. */
export interface ProfileSection {
  readonly sql: string;
  readonly line: number;
  /** The name of the database that it reads, if there are several. */
  readonly database?: string;
}

export interface Profile {
  readonly name: string;
  /** The dialect in use. */
  readonly dialect: SqlDialect;
  /** The dialects in which its SELECTs are valid. */
  readonly dialects: readonly SqlDialect[];
  /** The name of the system whose tables these are, for display. */
  readonly system: string;
  /** The system's versions, and how the SELECTs were tested against them. */
  readonly versions: string;
  /** The IANA time zone of times without one. UTC if the header has none. */
  readonly timezone: string;
  /** Job statuses that the system does not keep: no row then means unknown, not zero. */
  readonly unreportedStatuses: readonly string[];
  /** Set if the profile's `stages` also lists finished tasks, which the service then drops by these stages. */
  readonly terminalStages: readonly string[];
  /**
   * For files: candidate folders, of which the first that is set or exists is used. `~` is the home folder, `$NAME` a variable.
   */
  readonly folders: readonly string[];
  /** For files: the tables built from their values. */
  readonly tables: readonly FileTable[];
  readonly sections: { readonly [Name in SectionName]?: ProfileSection };
  /** Problems of the file itself. Their sections are unusable. */
  readonly problems: readonly ProfileProblem[];
}

/** A problem in a profile, with its place. */
export interface ProfileProblem {
  /** Counted from 1. */
  readonly line: number;
  /** Undefined for the header. */
  readonly section: string | undefined;
  readonly column: string | undefined;
  readonly message: string;
}

/** Returns the problems of the file itself, one line each. */
export function fileProblems(profile: Profile | undefined): readonly string[] {
  return profile?.problems.map((problem) => problemText(profile.name, problem)) ?? [];
}

export function problemText(name: string, { line, section, message }: ProfileProblem): string {
  return `profile ${name}, line ${line}${section === undefined ? "" : `, section ${section}`}: ${message}`;
}

/**
 * Finds a column in a profile's file. Returns the line, counted from 1, that gives it this name, otherwise the only
 * line that contains the word, otherwise the line at which the section begins.
 */
export function lineOf({ sql, line }: ProfileSection, word: string): number {
  const lines = sql.split("\n").map((text): readonly string[] => text.match(/[\w$]+/g) ?? []);
  const named = lines.findIndex((words) =>
    words.some((found, at) => found === word && words[at - 1]?.toLowerCase() === "as"),
  );
  if (named >= 0) return line + 1 + named;
  const having = [...lines.keys()].filter((index) => lines[index]?.includes(word));
  return having.length === 1 ? line + 1 + (having[0] as number) : line;
}
