/** The tmux pane in which an agent runs: the one whose terminal controls the agent's process. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, statSync } from "node:fs";
import { promisify } from "node:util";
import type { Target } from "../api.ts";
import { numberOf } from "../page/words/numbers.ts";

const PANES = ["list-panes", "-a", "-F", "#{pane_tty} #{pane_id} #{session_id}"];

export interface Pane {
  readonly id: string;
  readonly session: string;
}

/** The pane of a run of the target, or why there is none, in words. */
export async function paneOf({ envelope }: Target, runId: string): Promise<Pane | string> {
  const run = envelope?.agents?.running?.find(({ run_id }) => run_id === runId);
  const terminal = terminalOf(run?.pid, numberOf(run?.process?.start_ticks), envelope?.boot_id);
  if (terminal === undefined) return "its process is not on this machine, or not visible from here";
  if (terminal === 0) return "its process has no terminal";
  const { stdout } = await promisify(execFile)("tmux", PANES).catch(() => ({ stdout: "" }));
  for (const line of stdout.split("\n")) {
    const [tty = "", id = "", session = ""] = line.split(" ");
    if (statSync(tty, { throwIfNoEntry: false })?.rdev === terminal) return { id, session };
  }
  return stdout === "" ? "no tmux server runs here" : "no tmux pane has its terminal";
}

/** Shows the pane: switches the client that we are in, or attaches one until the user detaches it. */
export async function showPane({ id, session }: Pane, signal: AbortSignal): Promise<void> {
  const attach = [
    "select-window",
    "-t",
    id,
    ";",
    "select-pane",
    "-t",
    id,
    ";",
    "attach-session",
    "-t",
    session,
  ];
  const child = spawn("tmux", process.env.TMUX ? ["switch-client", "-t", id] : attach, {
    stdio: "inherit",
    signal,
  });
  await once(child, "exit").catch(() => {});
}

/**
 * The device number of a process's controlling terminal, 0 without one; proc_pid_stat(5). Undefined if that pid is
 * another process here, as on another machine or in another container.
 */
function terminalOf(pid?: number, startTicks?: number, bootId?: string): number | undefined {
  try {
    if (readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim() !== bootId) return undefined;
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name before it may hold anything.
    const fields = stat
      .slice(stat.lastIndexOf(")") + 2)
      .split(" ")
      .map(Number);
    return fields[19] === startTicks ? fields[4] : undefined;
  } catch {
    return undefined;
  }
}
