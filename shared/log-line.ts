/** A line of the JSON log as a person reads it: the local time, the level, the message, and what else it holds. */
import { styleText } from "node:util";
import { pino } from "pino";
import { printable } from "./printable.ts";

const COLOURS: Readonly<Record<string, "red" | "yellow" | "green" | "gray">> = {
  error: "red",
  warn: "yellow",
  info: "green",
  debug: "gray",
};

/** In colour if the terminal has any, and `NO_COLOR` and `FORCE_COLOR` do not say otherwise. */
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
