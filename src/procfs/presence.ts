/**
 * Determines whether a pid whose `stat` cannot be read is gone or hidden. The file does not show it, since with
 * `hidepid=2` a living process of another user also gives ENOENT (proc(5)). kill(2) with signal 0 does.
 */
import { readFileSync } from "node:fs";
import { parseStat } from "./stat.ts";

/** Throws with code ESRCH if there is no such process, and EPERM if it belongs to another user. */
export type SignalZero = (pid: number) => void;

/** Returns the presence of a pid whose `stat` failed with this code. */
export function absentPresence(
  code: string | undefined,
  pid: number,
  ask: SignalZero | null,
): "gone" | "hidden" | "unknown" {
  if (code === "EACCES" || code === "EPERM") return "hidden";
  // In a procfs of another pid namespace, kill(2) would refer to another process, so hidden ones cannot be detected.
  if (ask === null) return "unknown";
  try {
    ask(pid);
    return "hidden";
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code;
    return reason === "ESRCH" ? "gone" : reason === "EPERM" ? "hidden" : "unknown";
  }
}

/** Whether the procfs at `root` shows our own pid namespace: `NSpid` then has one number, which is ours. */
export function isOwnNamespace(root: string): boolean {
  try {
    const pids = /^NSpid:\s+(.*)$/m.exec(readFileSync(`${root}/self/status`, "latin1"))?.[1];
    return pids === String(process.pid);
  } catch {
    return false;
  }
}

/** Whether the procfs at `root` is the machine's and not a container's: only the machine's shows kernel threads. */
export function isInitialNamespace(root: string): boolean {
  try {
    return parseStat(readFileSync(`${root}/2/stat`, "latin1")).isKernelThread;
  } catch {
    return false;
  }
}

/** Whether the mount of `root` hides no processes, so that an absent one is gone. From proc_pid_mountinfo(5). */
export function hidesNothing(root: string): boolean {
  try {
    const mounts = readFileSync("/proc/self/mountinfo", "latin1").split("\n");
    const mount = mounts.findLast((line) => line.split(" ")[4] === root && / - proc /.test(line));
    return mount !== undefined && !/hidepid=(?!0|off)/.test(mount);
  } catch {
    return false;
  }
}
