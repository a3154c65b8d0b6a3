/** What `--help` and the documentation say of settings, made from their table. */
import type { Setting } from "./settings.ts";

type Settings = readonly Setting<unknown>[];

/** A line for each setting; `more` are flags that are no settings. */
export function flagLines(
  settings: Settings,
  more: Readonly<Record<string, string>> = {},
): readonly string[] {
  const rows = settings.map((setting): readonly [string, string] => {
    const shown = defaultOf(setting);
    const about = `${setting.env}${shown === "" ? "" : `; default ${shown}`}`;
    return [`--${setting.flag} ${setting.placeholder}`, `${setting.describe} (${about})`];
  });
  return [
    "Flags. Each overrides the environment variable in parentheses:",
    ...columns([...rows, ...Object.entries(more)]),
  ];
}

/** Indented lines: a name, and behind the longest what it means. */
export function columns(rows: readonly (readonly [name: string, meaning: string])[]): readonly string[] {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, meaning]) => `  ${name.padEnd(width)}  ${meaning}`);
}

/** The settings as a table in Markdown. */
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

/** Empty: there is none. */
function defaultOf({ fallback, fallbackText }: Setting<unknown>): string {
  return fallbackText ?? String(fallback ?? "");
}
