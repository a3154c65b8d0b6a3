/** How a program answers questions about itself, prints its errors, and what it does if its output is gone. */
import { printable } from "./printable.ts";

/** One line each on standard error, after the program's name. Returns the exit code. */
export function printErrors(program: string, messages: readonly string[], exitCode = 1): number {
  for (const message of messages) process.stderr.write(`${program}: ${printable(message)}\n`);
  return exitCode;
}

const QUESTIONS = { help: ["--help", "-h"], version: ["--version", "-V", "-v"] } as const;

/** Whether the user asks for help or for the version: by a flag anywhere, or by the word as the first argument. */
export function asksFor(question: keyof typeof QUESTIONS, args: readonly string[]): boolean {
  return args[0] === question || QUESTIONS[question].some((flag) => args.includes(flag));
}

/** Exits if nobody reads the output any more (`orch-metrics check | head -1`), or the disk is full. */
export function exitOnOutputError(program: string): void {
  process.stdout.once("error", ({ code }: NodeJS.ErrnoException) => {
    process.exit(code === "EPIPE" ? 1 : printErrors(program, [`cannot write the output (${code})`]));
  });
}
