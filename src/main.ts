/** The program. All that it needs is loaded only once its heap is bounded: what loading lets it grow to, it keeps. */
import type { Environment } from "../shared/read-settings.ts";
import { keepHeapSmall } from "./small-heap.ts";

/** Runs the program. Resolves with the exit code; never rejects for what its user can fix. */
export async function main(args: readonly string[], env: Environment): Promise<number> {
  keepHeapSmall();
  const { runCommand } = await import("./command-line.ts");
  return runCommand(args, env);
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2), process.env);
