/** `--help`, and the documentation's table, made from the settings. */
import { SETTINGS, type Setting } from "./settings.ts";

const ALL = Object.values(SETTINGS) as readonly Setting<unknown>[];

export function help(): string {
  const rows = ALL.map(({ flag, placeholder, describe, env, fallbackText }) => ({
    left: `--${flag} ${placeholder}`,
    right: `${describe} (${env}${fallbackText === undefined ? "" : `; default ${fallbackText}`})`,
  }));
  rows.push({ left: "--print-thresholds", right: "print the thresholds file with every default, and end" });
  const width = Math.max(...rows.map(({ left }) => left.length));
  return [
    "orch-watchdog: tells hung agents from busy ones, alerts, keeps history, and shows it on a page.",
    "",
    "Usage: orch-watchdog --target NAME=URL [FLAGS]",
    "",
    "Flags, each with the environment variable that it beats:",
    ...rows.map(({ left, right }) => `  ${left.padEnd(width)}  ${right}`),
    "",
  ].join("\n");
}

/** The table of settings in Markdown. */
export function settingsTable(): string {
  return [
    "| flag | variable | default | meaning |",
    "| --- | --- | --- | --- |",
    ...ALL.map(({ flag, placeholder, env, fallbackText, describe }) => {
      const fallback =
        fallbackText === undefined ? "" : fallbackText.includes(" ") ? fallbackText : `\`${fallbackText}\``;
      return `| \`--${flag} ${placeholder}\` | \`${env}\` | ${fallback} | ${describe} |`;
    }),
    "",
  ].join("\n");
}
