/** The log: lines to read on a terminal, JSON lines otherwise; on standard error, so that output stays clean. */
import { type Logger, pino, stdTimeFunctions } from "pino";
import type { LogLevel } from "./settings.ts";

export type { Logger } from "pino";

export async function createLogger(level: LogLevel, output = process.stderr): Promise<Logger> {
  const options = { level, base: null, timestamp: stdTimeFunctions.isoTime };
  if (!output.isTTY) return pino(options, pino.destination({ dest: output.fd, sync: true }));
  const { default: pretty } = await import("pino-pretty");
  return pino(options, pretty({ destination: output.fd, sync: true, translateTime: "SYS:HH:MM:ss" }));
}
