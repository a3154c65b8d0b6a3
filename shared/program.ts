/** A program's command line, described for completion and for its manual page. */
import type { Setting } from "./settings.ts";

export interface Program {
  readonly name: string;
  readonly about: string;
  /** Settings for an invocation without a command. */
  readonly settings: readonly Setting<unknown>[];
  /** Flags that are not settings, as shown in `--help`. */
  readonly flags: readonly (readonly [name: string, meaning: string])[];
  readonly commands: readonly ProgramCommand[];
}

export interface ProgramCommand {
  /** May have two words. */
  readonly name: string;
  readonly summary: string;
  /** The arguments of a typical invocation. */
  readonly example: string;
  /** The placeholder of the first argument, if the command takes one that is not a flag. */
  readonly operand?: string;
  readonly settings: readonly Setting<unknown>[];
}
