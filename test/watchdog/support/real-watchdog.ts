/**
 * Runs `orch-watchdog` at its own pace, for checks against real programs. It polls twice a second unless
 * `args` override that.
 */
import { type RunningWatchdog, startWatchdog } from "./watchdog.ts";

export function startRealWatchdog(args: readonly string[]): Promise<RunningWatchdog> {
  return startWatchdog(["--poll-seconds", "0.5", ...args], { pace: null });
}
