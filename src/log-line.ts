/** A line of the JSON log as a person reads it: the local time, the level, the message, and whatever else it holds. */
import { styleText } from "node:util";
import { pino } from "pino";

const COLOURS: Readonly<Record<string, "red" | "yellow" | "green" | "gray">> = {
  error: "red",
  warn: "yellow",
  info: "green",
  debug: "gray",
};

/** What a terminal would obey instead of showing. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const CONTROL = /[\x00-\x1f\x7f-\x9f]/g;

export function terminalLine(json: string): string {
  const { level, time, msg, err, ...rest } = JSON.parse(json) as LogRecord;
  const name = pino.levels.labels[level] ?? String(level);
  const clock = new Date(time).toTimeString().slice(0, 8);
  const label = styleText(COLOURS[name] ?? "red", name.toUpperCase().padEnd(5), { validateStream: false });
  const fields = Object.entries(rest).map(([key, value]) => ` ${key}=${JSON.stringify(value)}`);
  const stack = err?.stack === undefined ? "" : `\n${err.stack.split("\n").map(shown).join("\n")}`;
  return `${clock} ${label} ${shown(msg ?? "")}${shown(fields.join(""))}${stack}\n`;
}

interface LogRecord {
  readonly level: number;
  readonly time: string;
  readonly msg?: string;
  readonly err?: { readonly stack?: string };
}

function shown(text: string): string {
  return text.replace(CONTROL, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`);
}
