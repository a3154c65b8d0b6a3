/** Formats `--help` and the documentation's tables from the settings table. */
import type { ProgramCommand } from "./program.ts";
import type { Setting } from "./settings.ts";

type Settings = readonly Setting<unknown>[];
type Rows = readonly (readonly [name: string, meaning: string])[];

/** Every terminal has at least this many columns. */
const WIDTH = 80;

export interface Help {
  readonly about: string;
  /** The part of the usage line after the program's or command's name. */
  readonly usage: string;
  readonly example: string;
  readonly settings?: Settings;
  readonly commands?: Rows;
  /** Flags that are not settings. */
  readonly more?: Rows;
}

/** Returns the text of `NAME --help`. */
export function helpText(name: string, { about, usage, example, settings = [], ...lists }: Help): string {
  const { commands = [], more = [] } = lists;
  const flags = settings.map((setting): Rows[number] => {
    const shown = defaultOf(setting);
    const source = `${setting.env}${shown === "" ? "" : `; default ${shown}`}`;
    return [`--${setting.flag} ${setting.placeholder}`, `${setting.describe} (${source})`];
  });
  return [
    ...wrapped(`${name}: ${about}.`, WIDTH),
    ...["", `Usage: ${name}${usage}`, ""],
    ...(commands.length > 0 ? ["Commands:", ...columns(commands), ""] : []),
    flags.length > 0 ? "Flags (each overrides the environment variable in parentheses):" : "Flags:",
    ...columns([
      ...flags,
      ...more,
      ["-h, --help", "print this help"],
      ["-V, --version", "print the version"],
    ]),
    ...["", "Example:", `  ${example}`, ""],
  ].join("\n");
}

/** Returns the text of `NAME COMMAND --help`. */
export function commandHelp(program: string, command: ProgramCommand): string {
  const { name, summary, settings, example, operand } = command;
  return helpText(`${program} ${name}`, {
    about: summary,
    usage: `${operand === undefined ? "" : ` ${operand}`}${settings.length > 0 ? " [FLAGS]" : ""}`,
    settings,
    example: `${program} ${name}${example}`,
  });
}

/** Returns indented lines: a name, and its meaning in a second column. */
function columns(rows: Rows): readonly string[] {
  const indent = Math.max(...rows.map(([name]) => name.length)) + 4;
  return rows.flatMap(([name, meaning]) =>
    wrapped(meaning, WIDTH - indent).map(
      (line, index) => `${(index === 0 ? `  ${name}` : "").padEnd(indent)}${line}`,
    ),
  );
}

/** Returns a table's lines, with each column as wide as its longest cell. `toRight`: columns to align to the right. */
export function aligned(
  rows: readonly (readonly string[])[],
  toRight: readonly boolean[] = [],
): readonly string[] {
  const width = (column: number) => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  return rows.map((row) =>
    row
      .map((cell, column) => cell[toRight[column] ? "padStart" : "padEnd"](width(column)))
      .join("  ")
      .trimEnd(),
  );
}

/** Splits a text into lines of at most `width` characters. Longer words stay whole. */
export function wrapped(text: string, width: number): readonly string[] {
  return text.match(new RegExp(`\\S(?:.{0,${width - 2}}\\S)?(?!\\S)|\\S+`, "g")) ?? [];
}

/** Returns the settings as a Markdown table. */
export function settingsTable(settings: Settings): string {
  const rows = settings.map((setting) => {
    const shown = defaultOf(setting);
    const fallback = shown === "" || shown.includes(" ") ? shown : `\`${shown}\``;
    const { flag, env, describe } = setting;
    const placeholder = setting.placeholder.replaceAll("|", "\\|");
    return `| \`--${flag} ${placeholder}\` | \`${env}\` | ${fallback} | ${describe} |`;
  });
  return ["| flag | variable | default | meaning |", "| --- | --- | --- | --- |", ...rows, ""].join("\n");
}

/** Empty if there is no default. */
export function defaultOf({ fallback, fallbackText }: Setting<unknown>): string {
  return fallbackText ?? String(fallback ?? "");
}
