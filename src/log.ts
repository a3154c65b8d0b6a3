/** The log: lines to read on a terminal, JSON lines otherwise; on standard error, so that output stays clean. */
import { writeSync } from "node:fs";
import { type Logger, pino, stdTimeFunctions } from "pino";
import { terminalLine } from "./log-line.ts";
import type { LogLevel } from "./settings.ts";

export type { Logger } from "pino";

export function createLogger(level: LogLevel, output = process.stderr): Logger {
  const options = { level, base: null, timestamp: stdTimeFunctions.isoTime };
  if (!output.isTTY) return pino(options, pino.destination({ dest: output.fd, sync: true }));
  return pino(options, { write: (line: string) => void writeSync(output.fd, terminalLine(line)) });
}
