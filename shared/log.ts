/** The log: lines to read on a terminal, JSON lines otherwise; on standard error, so that output stays clean. */
import { type Logger, pino, stdTimeFunctions } from "pino";
import type { LogLevel } from "./log-levels.ts";
import { terminalLine } from "./log-line.ts";

export type { Logger } from "pino";

/** What waits for a reader that has stopped reading, or a disk that is full; lines beyond it are lost. */
const MOST_WAITING_BYTES = 1024 * 1024;

export function createLogger(level: LogLevel, output = process.stderr): Logger {
  const options = { level, base: null, timestamp: stdTimeFunctions.isoTime };
  const lines = written(output.fd);
  if (!output.isTTY) return pino(options, lines);
  return pino(options, { write: (line: string) => void lines.write(terminalLine(line, output)) });
}

/** Written aside from the thread that serves: a pipe that nobody empties would hold it up for good. */
function written(descriptor: number) {
  const destination = pino.destination({ dest: descriptor, sync: false, maxLength: MOST_WAITING_BYTES });
  // A full disk, a closed pipe: there is nowhere left to tell it. What waits is written once there is room again.
  destination.on("error", () => {});
  // At exit sonic-boom would write what is left again and again until it fits, which on a full disk is for ever.
  destination.flushSync = () => {};
  return destination;
}
