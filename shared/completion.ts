/** Shell completion of a program: generates the script that bash, zsh or fish loads from the program's settings. */
import { UsageError } from "./operator-error.ts";
import type { Program } from "./program.ts";
import { quoted } from "./read-settings.ts";
import type { Setting } from "./settings.ts";

export const COMPLETION = {
  name: "completion",
  summary: "print the completion script for bash, zsh or fish",
  operand: "SHELL",
  settings: [],
} as const;

/** The placeholder is empty if the flag takes no value. */
type Flag = Pick<Setting<unknown>, "flag" | "describe" | "placeholder" | "alone" | "words" | "repeatable">;

/** Commands of two words belong to the command of their first word. */
interface Command {
  readonly name: string;
  readonly summary: string;
  readonly flags: readonly Flag[];
  /** What completes its operand: these words, or paths. With neither, nothing does. */
  readonly words: readonly string[];
  readonly isPath: boolean;
}

interface Commands {
  readonly program: string;
  /** Flags that may follow the program's name. */
  readonly flags: readonly Flag[];
  readonly commands: readonly Command[];
}

const SCRIPTS = { bash, zsh, fish };

/** Returns the script for a shell. Throws UsageError for an unknown one. */
export function completionScript(program: Program, shell: string): string {
  const shells = Object.keys(SCRIPTS);
  const script = Object.entries(SCRIPTS).find(([name]) => name === shell)?.[1];
  if (!script) throw new UsageError(`unknown shell ${quoted(shell)}: use ${shells.join(", ")}`);
  const helpFlags = program.flags.map(([name, meaning]) => withoutValue(name, meaning));
  const firstWords = [...new Set(program.commands.map(({ name }) => name.split(" ", 1)[0] as string))];
  const commands = firstWords.map((name): Command => {
    const those = program.commands.filter((command) => command.name.split(" ", 1)[0] === name);
    const seconds = those.flatMap((command) => command.name.split(" ").slice(1));
    const settings = [...new Set(those.flatMap((command) => command.settings))];
    const isShell = name === COMPLETION.name;
    return {
      name,
      summary: those[0]?.summary ?? "",
      flags: [...settings, HELP],
      words: isShell ? shells : seconds,
      isPath: those.some(({ operand }) => isPath(operand)),
    };
  });
  return script({
    program: program.name,
    flags: [...program.settings, ...helpFlags, HELP, VERSION],
    commands,
  });
}

function withoutValue(name: string, describe: string): Flag {
  return { flag: name.replace(/^--/, ""), describe, placeholder: "", alone: "" };
}

const HELP = withoutValue("--help", "print the flags");
const VERSION = withoutValue("--version", "print the version");

const needsValue = ({ alone }: Flag) => alone === undefined;

function isPath(placeholder = ""): boolean {
  return /\b(FILE|PATH|FOLDER)\b/.test(placeholder);
}

const identifier = (name: string) => `_${name.replaceAll("-", "_")}`;
const dashed = (flags: readonly Flag[]) => flags.map(({ flag }) => `--${flag}`);
const inQuotes = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

function bash({ program, flags, commands }: Commands): string {
  const all = [
    ...new Map([flags, ...commands.map((command) => command.flags)].flat().map((f) => [f.flag, f])),
  ];
  const valued = all.map(([, flag]) => flag).filter(({ placeholder }) => placeholder !== "");
  const cases = (those: readonly Flag[], then: string) =>
    those.length === 0 ? [] : [`    ${dashed(those).join(" | ")}) ${then} ;;`];
  const names = commands.map(({ name }) => name);
  const isOther = (flag: Flag) => !flag.words && !isPath(flag.placeholder) && needsValue(flag);
  return lines(
    `# Completion of ${program} for bash. In ~/.bashrc: source <(${program} completion bash)`,
    `${identifier(program)}() {`,
    `  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} command= flags words paths=`,
    `  [ "$COMP_CWORD" -gt 1 ] && command=\${COMP_WORDS[1]}`,
    "  # bash splits --flag=value into three words.",
    `  if [ "$current" = = ]; then current=; elif [ "$previous" = = ]; then previous=\${COMP_WORDS[COMP_CWORD - 2]}; fi`,
    "  case $command in",
    ...commands.map(
      (command) =>
        `    ${command.name}) flags="${dashed(command.flags).join(" ")}" words="${command.words.join(" ")}"${command.isPath ? " paths=yes" : ""} ;;`,
    ),
    `    *) flags="${dashed(flags).join(" ")}" words="${names.join(" ")}" ;;`,
    "  esac",
    '  [ "$COMP_CWORD" -gt 2 ] && words=',
    "  case $previous in",
    ...valued
      .filter((flag) => flag.words)
      .flatMap((flag) => cases([flag], `words="${flag.words?.join(" ")}"`)),
    ...cases(
      valued.filter((flag) => isPath(flag.placeholder)),
      "words= paths=yes",
    ),
    ...cases(valued.filter(isOther), "return"),
    "  esac",
    "  [[ $current == -* ]] && words=$flags paths=",
    '  [ -n "$paths" ] && compopt -o default',
    '  COMPREPLY=($(compgen -W "$words" -- "$current"))',
    "}",
    `complete -F ${identifier(program)} ${program}`,
  );
}

function zsh({ program, flags, commands }: Commands): string {
  const escaped = (text: string) => text.replace(/[\\[\]:$`]/g, "\\$&");
  const action = ({ words, placeholder }: Flag) =>
    isPath(placeholder) ? "_files" : words ? `(${words.join(" ")})` : " ";
  const spec = (flag: Flag) => {
    const name = `${flag.repeatable ? "*" : ""}--${flag.flag}`;
    const equals = flag.placeholder === "" ? "" : needsValue(flag) ? "=" : "=-";
    const value =
      flag.placeholder && `:${needsValue(flag) ? "" : ":"}${escaped(flag.placeholder)}:${action(flag)}`;
    return inQuotes(`${name}${equals}[${escaped(flag.describe)}]${value}`);
  };
  const call = (those: readonly Flag[], more: readonly string[]) =>
    `_arguments ${[...those.map(spec), ...more.map(inQuotes)].join(" \\\n        ")}`;
  const operands = (command: Command) =>
    command.isPath || command.words.length > 0
      ? [command.words.length > 0 ? `1:what:(${command.words.join(" ")})` : "1:what:_files", "2:path:_files"]
      : [];
  return lines(
    `#compdef ${program}`,
    `# Completion of ${program} for zsh. In ~/.zshrc, after compinit: source <(${program} completion zsh)`,
    `${identifier(program)}() {`,
    "  local -a commands=(",
    ...commands.map(({ name, summary }) => `    ${inQuotes(`${name}:${escaped(summary)}`)}`),
    "  )",
    "  if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then _describe command commands; return; fi",
    "  case $words[2] in",
    ...commands.flatMap((command) => [
      `    ${command.name})`,
      "      shift words; (( CURRENT -= 1 ))",
      `      ${call(command.flags, operands(command))} ;;`,
    ]),
    `    *) ${call(flags, [])} ;;`,
    "  esac",
    "}",
    `if [[ $funcstack[1] == _${program} ]]; then ${identifier(program)} "$@"; else compdef ${identifier(program)} ${program}; fi`,
  );
}

function fish({ program, flags, commands }: Commands): string {
  const names = commands.map(({ name }) => name).join(" ");
  const complete = (condition: string, rest: string) => `complete -c ${program} -n '${condition}' ${rest}`;
  const description = (text: string) => `-d '${text.replace(/[\\']/g, "\\$&")}'`;
  const value = (flag: Flag) =>
    !needsValue(flag)
      ? ""
      : isPath(flag.placeholder)
        ? "-r -F "
        : flag.words
          ? `-x -a '${flag.words.join(" ")}' `
          : "-x ";
  const flagLine = (condition: string) => (flag: Flag) =>
    complete(condition, `-l ${flag.flag} ${value(flag)}${description(flag.describe)}`);
  const none = `not __fish_seen_subcommand_from ${names}`;
  return lines(
    `# Completion of ${program} for fish. Once: ${program} completion fish >~/.config/fish/completions/${program}.fish`,
    `complete -c ${program} -f`,
    ...commands.map(({ name, summary }) =>
      complete("__fish_use_subcommand", `-a ${name} ${description(summary)}`),
    ),
    ...flags.map(flagLine(none)),
    ...commands.flatMap((command) => {
      const condition = `__fish_seen_subcommand_from ${command.name}`;
      return [
        ...command.words.map((word) => complete(condition, `-a ${word}`)),
        ...(command.isPath ? [complete(condition, "-F")] : []),
        ...command.flags.map(flagLine(condition)),
      ];
    }),
  );
}

const lines = (...all: readonly string[]) => `${all.join("\n")}\n`;
