/** Answers `--help` and `--version`, prints errors, and handles output that cannot be written. */
import { printable } from "./printable.ts";

/** Prints each message on standard error, after the program's name. Returns the exit code. */
export function printErrors(program: string, messages: readonly string[], exitCode = 1): number {
  for (const message of messages) process.stderr.write(`${program}: ${printable(message)}\n`);
  return exitCode;
}

const QUESTIONS = { help: ["--help", "-h"], version: ["--version", "-V", "-v"] } as const;

/** Whether the user asks for help or the version: with a flag anywhere, or with the word as the first argument. */
export function asksFor(question: keyof typeof QUESTIONS, args: readonly string[]): boolean {
  return args[0] === question || QUESTIONS[question].some((flag) => args.includes(flag));
}

/** Exits if the reader of the output has gone (`orch-metrics check | head -1`), or the disk is full. */
export function exitOnOutputError(program: string): void {
  process.stdout.once("error", ({ code }: NodeJS.ErrnoException) => {
    process.exit(code === "EPIPE" ? 1 : printErrors(program, [`cannot write the output (${code})`]));
  });
}
