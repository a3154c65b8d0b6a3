/** One orchestrator's or job queue's tables in terms of ours: a SELECT for each section. Plain data. */
import type { SectionName } from "./contract.ts";

export type SqlDialect = "sqlite" | "postgresql";

/** A section's SELECT, without a semicolon, and the line in the file at which it begins. */
export interface ProfileSection {
  readonly sql: string;
  readonly line: number;
}

export interface Profile {
  readonly name: string;
  /** The one that it was taken for. */
  readonly dialect: SqlDialect;
  /** Those that its SELECTs are written in. */
  readonly dialects: readonly SqlDialect[];
  /** The system whose tables these are, for people. */
  readonly system: string;
  /** Its versions, and how the SELECTs were checked against them. */
  readonly versions: string;
  /** The zone of times that name none, as IANA names it; UTC if the header says nothing. */
  readonly timezone: string;
  /** Job statuses that the system does not keep: no row then means unknown, not none. */
  readonly unreportedStatuses: readonly string[];
  /** Set where the profile's `stages` lists finished tasks too and leaves it to the service to drop these. */
  readonly terminalStages: readonly string[];
  readonly sections: { readonly [Name in SectionName]?: ProfileSection };
  /** What is wrong with the file itself, by section; those sections are unusable. */
  readonly problems: readonly ProfileProblem[];
}

/** What is wrong in a profile, and where. */
export interface ProfileProblem {
  /** From 1. */
  readonly line: number;
  /** Undefined: the header. */
  readonly section: string | undefined;
  readonly column: string | undefined;
  readonly message: string;
}

/** What is wrong with the file itself, a line each. */
export function fileProblems({ name, problems }: Profile): readonly string[] {
  return problems.map((problem) => problemText(name, problem));
}

export function problemText(name: string, { line, section, message }: ProfileProblem): string {
  return `profile ${name}, line ${line}${section === undefined ? "" : `, section ${section}`}: ${message}`;
}

/**
 * Where a column stands in a profile's file: the line, from 1, that gives it this name, or else the only one that has the
 * word at all; if neither is there, the one at which the section begins.
 */
export function lineOf({ sql, line }: ProfileSection, word: string): number {
  const lines = sql.split("\n").map((text): readonly string[] => text.match(/[\w$]+|[^\s\w$]/g) ?? []);
  const named = lines.findIndex((words) =>
    words.some((found, at) => found === word && namedBy(words, at).toLowerCase() === "as"),
  );
  if (named >= 0) return line + 1 + named;
  const having = [...lines.keys()].filter((index) => lines[index]?.includes(word));
  return having.length === 1 ? line + 1 + (having[0] as number) : line;
}

function namedBy(words: readonly string[], at: number): string {
  return (words[at - 1] === '"' ? words[at - 2] : words[at - 1]) ?? "";
}
