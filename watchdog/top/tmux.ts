/** Finds and shows the tmux pane of an agent: the pane whose terminal controls the agent's process. */
import { spawnSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";

const LIST_PANES = ["list-panes", "-a", "-F", "#{pane_tty} #{pane_id}"];

/** Returns the pane's id, or `reason` if there is none. `startTicks`: when the process started, in ticks since boot. */
export function paneOf(
  pid?: number,
  startTicks?: number,
): { readonly id: string } | { readonly reason: string } {
  const terminal = terminalOf(pid, startTicks);
  if (terminal === undefined) return { reason: "its process does not run on this machine" };
  if (terminal === 0) return { reason: "its process has no terminal" };
  const { stdout } = spawnSync("tmux", LIST_PANES, { encoding: "utf8" });
  if (!stdout) return { reason: "no tmux server runs for this user" };
  const panes = stdout.split("\n").map((line) => line.split(" "));
  const pane = panes.find(([tty = ""]) => statSync(tty, { throwIfNoEntry: false })?.rdev === terminal);
  return pane?.[1] ? { id: pane[1] } : { reason: "no tmux pane has its terminal" };
}

/** Inside tmux, switches to the pane. Otherwise attaches to its session, and returns when the user detaches. */
export function showPane(id: string): void {
  const command = process.env.TMUX ? "switch-client" : "attach-session";
  spawnSync("tmux", [command, "-t", id], { stdio: "inherit" });
}

/**
 * Returns the device number of a process's controlling terminal, or 0 without one (proc_pid_stat(5)). Undefined if another
 * process has this pid, for example because the agent runs on another machine.
 */
function terminalOf(pid?: number, startTicks?: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field is the program's name, which may contain spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return Number(fields[19]) === startTicks ? Number(fields[4]) : undefined;
  } catch {
    return undefined;
  }
}
