/**
 * A pid whose `stat` cannot be read: gone, or hidden from us? The file alone does not tell, since under
 * `hidepid=2` a living process of another user reads as ENOENT too (proc(5)); kill(2) with signal 0 does.
 */
import { readFileSync } from "node:fs";
import { parseStat } from "./stat.ts";

/** Throws with code ESRCH for no such process, EPERM for one that is not ours. */
export type SignalZero = (pid: number) => void;

/** What a pid is whose `stat` failed with this code. */
export function absentPresence(
  code: string | undefined,
  pid: number,
  ask: SignalZero | null,
): "gone" | "hidden" | "unknown" {
  if (code === "EACCES" || code === "EPERM") return "hidden";
  // Another pid namespace's procfs: kill would ask about another process, and nobody can tell a hidden one.
  if (ask === null) return "unknown";
  try {
    ask(pid);
    return "hidden";
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code;
    return reason === "ESRCH" ? "gone" : reason === "EPERM" ? "hidden" : "unknown";
  }
}

/** Whether the procfs at `root` shows our own pid namespace: then `NSpid` has one number, and it is ours. */
export function isOwnNamespace(root: string): boolean {
  try {
    const pids = /^NSpid:\s+(.*)$/m.exec(readFileSync(`${root}/self/status`, "latin1"))?.[1];
    return pids === String(process.pid);
  } catch {
    return false;
  }
}

/** Whether the procfs at `root` is that of the machine, and of no container: the kernel's own threads are in it alone. */
export function isInitialNamespace(root: string): boolean {
  try {
    return parseStat(readFileSync(`${root}/2/stat`, "latin1")).isKernelThread;
  } catch {
    return false;
  }
}

/** Whether the mount of `root` hides nothing, so that an absent process is gone. From proc_pid_mountinfo(5). */
export function hidesNothing(root: string): boolean {
  try {
    const mounts = readFileSync("/proc/self/mountinfo", "latin1").split("\n");
    const mount = mounts.findLast((line) => line.split(" ")[4] === root && / - proc /.test(line));
    return mount !== undefined && !/hidepid=(?!0|off)/.test(mount);
  } catch {
    return false;
  }
}
