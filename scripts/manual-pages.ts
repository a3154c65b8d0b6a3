/** Generates the manual pages of both programs in `dist/man` from their settings. man(7) describes the format. */
import { mkdirSync, writeFileSync } from "node:fs";
import type { Program } from "../shared/program.ts";
import type { Setting } from "../shared/settings.ts";
import { defaultOf } from "../shared/settings-help.ts";
import { version } from "../shared/version.ts";
import { describeProgram } from "../src/command-line.ts";
import { describeProgram as describeWatchdog } from "../watchdog/main.ts";

mkdirSync("dist/man", { recursive: true });
const programs = [describeProgram(), describeWatchdog()];
for (const program of programs)
  writeFileSync(
    `dist/man/${program.name}.1`,
    manualPage(
      program,
      programs.filter((other) => other !== program),
    ),
  );

function manualPage({ name, about, settings, flags, commands }: Program, others: readonly Program[]): string {
  const all = [...new Set([...settings, ...commands.flatMap((command) => command.settings)])];
  return [
    `.TH ${name.toUpperCase()} 1 "" "${name} ${version()}" "User Commands"`,
    ".SH NAME",
    plain(`${name} - ${about}`),
    ".SH SYNOPSIS",
    ...(settings.length > 0 ? [`.B ${plain(name)}`, "[FLAGS]"] : []),
    ...commands.flatMap((command) => [
      ".br",
      `.B ${plain(`${name} ${command.name}`)}`,
      [command.operand, command.settings.length > 0 && "[FLAGS]"].filter(Boolean).join(" "),
    ]),
    ".SH COMMANDS",
    ...commands.flatMap((command) => [
      ".TP",
      `.B ${plain(command.name)}`,
      plain(`${command.summary}.`),
      ...(command.settings.length > 0 && settings.length === 0
        ? [plain(`Flags: ${command.settings.map(({ flag }) => `--${flag}`).join(", ")}.`)]
        : []),
    ]),
    ".SH FLAGS",
    "Flags override environment variables. An empty variable counts as unset.",
    "A boolean flag without a value means true.",
    ...all.flatMap(flagLines),
    ...[...flags, ["--help, -h", "print the flags"], ["--version, -V", "print the version"]].flatMap(
      ([flag = "", meaning = ""]) => [".TP", `.B ${plain(flag)}`, plain(`${meaning}.`)],
    ),
    ".SH EXIT STATUS",
    ...["0", "Success.", "1", "A failure.", "2", "Invalid flags, variables or arguments."].map(
      (text, index) => (index % 2 === 0 ? `.TP\n.B ${text}` : text),
    ),
    ".SH EXAMPLES",
    ".nf",
    ...commands.map((command) => plain(`${name} ${command.name}${command.example}`)),
    ".fi",
    ".SH SEE ALSO",
    others.map((other) => `.BR ${plain(other.name)} (1)`).join(" ,\n"),
    "",
  ].join("\n");
}

function flagLines(setting: Setting<unknown>): readonly string[] {
  const fallback = defaultOf(setting);
  return [
    ".TP",
    `.BI ${plain(`--${setting.flag}`)} " ${plain(setting.placeholder)}"`,
    plain(`${setting.describe}. Accepts ${setting.accepts}.`),
    plain(`Variable: ${setting.env}.${fallback === "" ? "" : ` Default: ${fallback}.`}`),
  ];
}

/** Escapes characters that roff would interpret. */
function plain(text: string): string {
  return text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replace(/^[.']/, "\\&$&");
}
