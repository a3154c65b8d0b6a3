/** Finds and shows the tmux pane of an agent: the pane whose terminal controls the agent's process. */
import { spawnSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";

const LIST_PANES = ["list-panes", "-a", "-F", "#{pane_tty} #{pane_id}"];

/** Returns the pane's id, or undefined if there is none. `startTicks`: when the process started, in ticks since boot. */
export function paneOf(pid?: number, startTicks?: number): string | undefined {
  const terminal = terminalOf(pid, startTicks);
  if (!terminal) return undefined;
  const { stdout } = spawnSync("tmux", LIST_PANES, { encoding: "utf8" });
  const panes = (stdout ?? "").split("\n").map((line) => line.split(" "));
  return panes.find(([tty = ""]) => statSync(tty, { throwIfNoEntry: false })?.rdev === terminal)?.[1];
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
