/** How a program prints its errors, and what it does if its output is gone. */
import { printable } from "./printable.ts";

/** One line each on standard error, after the program's name. Returns the exit code. */
export function printErrors(program: string, messages: readonly string[]): number {
  for (const message of messages) process.stderr.write(`${program}: ${printable(message)}\n`);
  return 1;
}

/** Exits if nobody reads the output any more (`orch-metrics check | head -1`), or the disk is full. */
export function exitOnOutputError(program: string): void {
  process.stdout.once("error", ({ code }: NodeJS.ErrnoException) => {
    process.exit(code === "EPIPE" ? 1 : printErrors(program, [`cannot write the output (${code})`]));
  });
}
