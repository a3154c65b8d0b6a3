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
  /** It comes with the program: its SELECTs are known to end. */
  readonly isShipped: boolean;
  readonly dialect: SqlDialect;
  /** The system whose tables these are, for people. */
  readonly system: string;
  /** Its versions, and how the SELECTs were checked against them. */
  readonly versions: string;
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
