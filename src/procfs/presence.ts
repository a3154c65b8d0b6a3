/**
 * Determines whether a pid whose `stat` cannot be read is gone or hidden. The file does not show it, since with
 * `hidepid=2` a living process of another user also gives ENOENT (proc(5)). kill(2) with signal 0 does.
 */
import { readMounts } from "./mountinfo.ts";
import { readText, tryRead } from "./process-files.ts";
import { parseStat } from "./stat.ts";

/** Throws with code ESRCH if there is no such process, and EPERM if it belongs to another user. */
export type SignalZero = (pid: number) => void;

/** Returns a function for the presence of a pid whose `stat` failed with an error. */
export function absenceReader(root: string, signalZero: SignalZero) {
  const isOwn = isOwnNamespace(root);
  // In a procfs of another pid namespace, kill(2) would refer to another process, so hidden ones cannot be detected.
  const elsewhere = hidesNothing(root) ? "gone" : "unknown";
  return (error: unknown, pid: number): "gone" | "hidden" | "unknown" => {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (code === "EACCES" || code === "EPERM") return "hidden";
    if (!isOwn) return elsewhere;
    try {
      signalZero(pid);
      return "hidden";
    } catch (refusal) {
      const { code: reason } = refusal as NodeJS.ErrnoException;
      return reason === "ESRCH" ? "gone" : reason === "EPERM" ? "hidden" : "unknown";
    }
  };
}

/** Whether the procfs at `root` shows our own pid namespace: `NSpid` then has one number, which is ours. */
function isOwnNamespace(root: string): boolean {
  const pids = /^NSpid:\s+(.*)$/m.exec(tryRead(`${root}/self/status`))?.[1];
  return pids === String(process.pid);
}

/** Whether the procfs at `root` is the machine's and not a container's: only the machine's shows kernel threads. */
export function isInitialNamespace(root: string): boolean {
  try {
    return parseStat(readText(`${root}/2/stat`)).isKernelThread;
  } catch {
    return false;
  }
}

/** Whether the mount of `root` hides no processes, so that an absent one is gone. */
export function hidesNothing(root: string): boolean {
  const mount = readMounts().findLast(({ point, type }) => point === root && type === "proc");
  return mount !== undefined && !/hidepid=(?!0|off)/.test(mount.options);
}
