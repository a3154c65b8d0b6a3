/** A program's command line, described for completion and for its manual page. */
import type { Setting } from "./settings.ts";

export interface Program {
  readonly name: string;
  readonly about: string;
  /** Those of a call without a command. */
  readonly settings: readonly Setting<unknown>[];
  /** Flags that are no settings, as `--help` shows them. */
  readonly flags: readonly (readonly [name: string, meaning: string])[];
  readonly commands: readonly ProgramCommand[];
}

export interface ProgramCommand {
  /** May have two words. */
  readonly name: string;
  readonly summary: string;
  /** The arguments of a typical call. */
  readonly example: string;
  /** What its first argument is, if it takes one that is no flag. */
  readonly operand?: string;
  readonly settings: readonly Setting<unknown>[];
}
