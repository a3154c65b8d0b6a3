/** A program's command line, described for completion and for its manual page. */
import type { Setting } from "./settings.ts";

/** Another program, by its name and some flags that only it has. */
export type OtherProgram = readonly [name: string, flags: readonly string[]];

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

/** Returns who has a flag: the program without a command, or its commands, or the other program. Undefined: nobody. */
export function ownerOf(
  flag: string,
  { name: program, settings, flags, commands }: Program,
  [other, othersFlags]: OtherProgram,
): string | undefined {
  const isIn = (those: readonly Setting<unknown>[]) => those.some((setting) => setting.flag === flag);
  if (isIn(settings) || flags.some(([name]) => name === `--${flag}`)) return program;
  const owners = commands.filter((command) => isIn(command.settings)).map(({ name }) => name);
  if (owners.length > 0) return `${program} ${owners.join(", ")}`;
  return othersFlags.includes(flag) ? other : undefined;
}
