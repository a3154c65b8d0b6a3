/** `orch-watchdog` at its own pace, for the checks beside real programs; it polls twice a second unless `args` say otherwise. */
import { type RunningWatchdog, startWatchdog } from "./watchdog.ts";

export function startRealWatchdog(args: readonly string[]): Promise<RunningWatchdog> {
  return startWatchdog(["--poll-seconds", "0.5", ...args], { pace: null });
}
