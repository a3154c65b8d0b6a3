/** `orch-metrics check --watch`: repeats the check whenever the profile's file changes, until Ctrl-C. */
import { unwatchFile, watchFile } from "node:fs";
import { printErrors } from "../../shared/command-output.ts";
import { OperatorError, UsageError } from "../../shared/operator-error.ts";
import { quoted } from "../../shared/read-settings.ts";
import { untilStopped } from "../../shared/until-stopped.ts";
import { isPath } from "../profiles/shipped.ts";

const LOOK_MILLISECONDS = 250;

/** Resolves with the exit code of the last check. Rejects with UsageError if the profile is a shipped one. */
export async function checkAgain(path: string, check: () => Promise<number>): Promise<number> {
  if (!isPath(path))
    throw new UsageError(
      `--watch: the profile ${quoted(path)} is a shipped one, which does not change: set --profile to the path of your own file`,
    );
  let changed = Promise.withResolvers<boolean>();
  // Some editors remove a file, which then has no links, before they write it again.
  watchFile(path, { interval: LOOK_MILLISECONDS }, ({ nlink }) => nlink > 0 && changed.resolve(true));
  const stopped = untilStopped().then(() => false);
  for (;;) {
    const code = await check().catch(report);
    if (!(await Promise.race([changed.promise, stopped]))) {
      unwatchFile(path);
      return code;
    }
    changed = Promise.withResolvers();
    process.stdout.write(`\n--- ${new Date().toLocaleTimeString("sv-SE")} ---\n`);
  }
}

/** Prints an error that the next version of the file may fix. */
function report(error: unknown): number {
  if (!(error instanceof OperatorError)) throw error;
  return printErrors("orch-metrics", [error.message], 1);
}
