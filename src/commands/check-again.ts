/** `orch-metrics check --watch`: checks again whenever the profile's file changes, until Ctrl-C. */
import { setTimeout as sleep } from "node:timers/promises";
import { printErrors } from "../../shared/command-output.ts";
import { OperatorError, UsageError } from "../../shared/operator-error.ts";
import { quoted } from "../../shared/read-settings.ts";
import { untilStopped } from "../../shared/until-stopped.ts";
import { isPath, ProfileError } from "../profiles/shipped.ts";
import { signatureLater } from "../watched-files.ts";

const LOOK_MILLISECONDS = 250;

/** Resolves with the exit code of the last check. */
export async function checkAgain(path: string, check: () => Promise<number>): Promise<number> {
  if (!isPath(path))
    throw new UsageError(
      `--watch: the profile ${quoted(path)} comes with the program and does not change: give --profile the path of your own`,
    );
  const stopping = new AbortController();
  void untilStopped().then(() => stopping.abort());
  for (;;) {
    // Before the check: a change during it counts.
    const seen = await signatureLater(path);
    const code = await check().catch(reported);
    if (!(await changed(path, seen, stopping.signal))) return code;
    process.stdout.write(`\n--- ${new Date().toLocaleTimeString("sv-SE")} ---\n`);
  }
}

/** Some editors remove the file before they write it again. False once the program stops. */
async function changed(path: string, seen: string, signal: AbortSignal): Promise<boolean> {
  for (;;) {
    await sleep(LOOK_MILLISECONDS, undefined, { signal }).catch(() => {});
    if (signal.aborted) return false;
    const now = await signatureLater(path);
    if (now !== seen && now !== "ENOENT") return true;
  }
}

/** The next version of the file may be without it. */
function reported(error: unknown): number {
  if (!(error instanceof OperatorError || error instanceof ProfileError)) throw error;
  return printErrors("orch-metrics", [error.message], 1);
}
