/** The program. All that it needs is loaded only once its heap is bounded: what loading lets it grow to, it keeps. */
import { setFlagsFromString } from "node:v8";
import { forceExit } from "../shared/force-exit.ts";
import type { Environment } from "../shared/read-settings.ts";

/** Runs the program. Resolves with the exit code; never rejects for what its user can fix. */
export async function main(args: readonly string[], env: Environment): Promise<number> {
  keepHeapSmall();
  const { runCommand } = await import("./command-line.ts");
  return runCommand(args, env).finally(forceExit);
}

/**
 * Keeps the memory of the serving process as small as its work needs. V8 sizes its young generation by the machine and lets it
 * grow to tens of megabytes before it is first cleaned, for answers of some kilobytes that live a millisecond.
 */
export function keepHeapSmall(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2), process.env);
