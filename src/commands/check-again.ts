/** `orch-metrics check --watch`: repeats the check whenever the profile's file changes, until Ctrl-C. */
import { setTimeout as sleep } from "node:timers/promises";
import { printErrors } from "../../shared/command-output.ts";
import { OperatorError, UsageError } from "../../shared/operator-error.ts";
import { quoted } from "../../shared/read-settings.ts";
import { signatureLater } from "../../shared/small-file.ts";
import { untilStopped } from "../../shared/until-stopped.ts";
import { isPath, ProfileError } from "../profiles/shipped.ts";

const LOOK_MILLISECONDS = 250;

/** Resolves with the exit code of the last check. Rejects with UsageError if the profile is a shipped one. */
export async function checkAgain(path: string, check: () => Promise<number>): Promise<number> {
  if (!isPath(path))
    throw new UsageError(
      `--watch: the profile ${quoted(path)} is a shipped one, which does not change: set --profile to the path of your own file`,
    );
  const stopping = new AbortController();
  void untilStopped().then(() => stopping.abort());
  for (;;) {
    // Taken before the check, so that a change during the check starts another one.
    const seen = await signatureLater(path);
    const code = await check().catch(report);
    if (!(await changed(path, seen, stopping.signal))) return code;
    process.stdout.write(`\n--- ${new Date().toLocaleTimeString("sv-SE")} ---\n`);
  }
}

/** Waits for the next version of the file. Some editors remove a file before they write it again. False once stopped. */
async function changed(path: string, seen: string, signal: AbortSignal): Promise<boolean> {
  for (;;) {
    await sleep(LOOK_MILLISECONDS, undefined, { signal }).catch(() => {});
    if (signal.aborted) return false;
    const now = await signatureLater(path);
    if (now !== seen && now !== "ENOENT") return true;
  }
}

/** Prints an error that the next version of the file may fix. */
function report(error: unknown): number {
  if (!(error instanceof OperatorError || error instanceof ProfileError)) throw error;
  return printErrors("orch-metrics", [error.message], 1);
}
