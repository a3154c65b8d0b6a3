/** The log on standard error: readable lines on a terminal, JSON lines otherwise. */
import { type Logger, pino, stdTimeFunctions } from "pino";
import type { LogLevel } from "./common-settings.ts";
import { terminalLine } from "./log-line.ts";

export type { Logger } from "pino";

/** The limit of what waits for a reader that has stopped reading, or for a full disk. Further lines are lost. */
const MOST_WAITING_BYTES = 1024 * 1024;

export function createLogger(level: LogLevel, output = process.stderr): Logger {
  const options = { level, base: null, timestamp: stdTimeFunctions.isoTime };
  const lines = written(output.fd);
  if (!output.isTTY) return pino(options, lines);
  return pino(options, { write: (line: string) => void lines.write(terminalLine(line, output)) });
}

/** Writes asynchronously, since a pipe that is not read would block the serving thread forever. */
function written(descriptor: number) {
  const destination = pino.destination({ dest: descriptor, sync: false, maxLength: MOST_WAITING_BYTES });
  // A full disk or closed pipe cannot be reported anywhere. Waiting lines are written once there is space again.
  destination.on("error", () => {});
  // At exit, sonic-boom would retry writing the rest until it fits, which on a full disk never ends.
  destination.flushSync = () => {};
  return destination;
}
