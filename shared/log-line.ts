/** Formats a line of the JSON log for a person: local time, level, message and other fields. */
import { styleText } from "node:util";
import { pino } from "pino";
import { printable } from "./printable.ts";

const COLOURS: Readonly<Record<string, "red" | "yellow" | "green" | "gray">> = {
  error: "red",
  warn: "yellow",
  info: "green",
  debug: "gray",
};

/** Uses colours if the terminal supports them, unless `NO_COLOR` or `FORCE_COLOR` says otherwise. */
export function terminalLine(json: string, terminal: NodeJS.WritableStream): string {
  const { level, time, msg, err, ...rest } = JSON.parse(json) as LogRecord;
  const name = pino.levels.labels[level] ?? String(level);
  const clock = new Date(time).toTimeString().slice(0, 8);
  const label = styleText(COLOURS[name] ?? "red", name.toUpperCase().padEnd(5), { stream: terminal });
  const words: readonly unknown[] = (msg ?? "").split(/[:,]? /);
  const fields = Object.entries(rest)
    .filter(([, value]) => !words.includes(value))
    .map(([key, value]) => ` ${key}=${JSON.stringify(value)}`);
  const stack = err?.stack === undefined ? "" : `\n${err.stack.split("\n").map(printable).join("\n")}`;
  return `${clock} ${label} ${printable(msg ?? "")}${printable(fields.join(""))}${stack}\n`;
}

interface LogRecord {
  readonly level: number;
  readonly time: string;
  readonly msg?: string;
  readonly err?: { readonly stack?: string };
}
