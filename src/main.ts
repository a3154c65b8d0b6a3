/** The entry point. It bounds the heap before it imports the rest, since V8 keeps a heap that has grown during loading. */
import { setFlagsFromString } from "node:v8";
import { exitOnOutputError } from "../shared/command-output.ts";
import { forceExit } from "../shared/force-exit.ts";
import type { Environment } from "../shared/read-settings.ts";

/** Runs the program. Resolves with the exit code. Does not reject for errors that the user can fix. */
export async function main(args: readonly string[], env: Environment): Promise<number> {
  keepHeapSmall();
  exitOnOutputError("orch-metrics");
  const { runCommand } = await import("./command-line.ts");
  return runCommand(args, env).finally(forceExit);
}

/**
 * Keeps the heap small. V8 sizes its young generation by the machine, and lets it grow to tens of megabytes before
 * the first collection, for responses of a few kilobytes that live for a millisecond.
 */
export function keepHeapSmall(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2), process.env);
