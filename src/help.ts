/** `--help`, made from the settings. */
import { SETTINGS, type Setting, type SettingName } from "./settings.ts";

export interface CommandHelp {
  readonly name: string;
  readonly summary: string;
  readonly settings: readonly SettingName[];
}

export function programHelp(commands: readonly CommandHelp[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  return [
    "orch-metrics: the raw state of an agent orchestrator, read-only.",
    "",
    "Usage: orch-metrics COMMAND [FLAGS]",
    "",
    "Commands:",
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    "",
    "orch-metrics COMMAND --help tells a command's flags; orch-metrics --version the version.",
    "",
  ].join("\n");
}

export function commandHelp({ name, summary, settings }: CommandHelp): string {
  const rows = settings.map((setting) => {
    const { flag, placeholder, describe, env, fallback, fallbackText }: Setting<unknown> = SETTINGS[setting];
    const byDefault = fallback === undefined ? "" : `; default ${fallbackText ?? fallback}`;
    return { left: `--${flag} ${placeholder}`, right: `${describe} (${env}${byDefault})` };
  });
  const width = Math.max(...rows.map(({ left }) => left.length));
  return [
    `orch-metrics ${name}: ${summary}.`,
    "",
    `Usage: orch-metrics ${name} [FLAGS]`,
    "",
    "Flags, each with the environment variable that it beats:",
    ...rows.map(({ left, right }) => `  ${left.padEnd(width)}  ${right}`),
    "",
  ].join("\n");
}
