/** What is mounted where, as this process sees it: proc_pid_mountinfo(5). */
import { readFileSync } from "node:fs";

/** File systems that answer stat(2) by themselves, without another machine or process. */
const LOCAL = new Set(["btrfs", "ext2", "ext3", "ext4", "f2fs", "overlay", "ramfs", "tmpfs", "xfs", "zfs"]);

export interface Mount {
  readonly point: string;
  /** `ext4`, `nfs4`, … */
  readonly type: string;
}

/** In the order of mounting. Empty where there is no procfs. */
export function readMounts(): readonly Mount[] {
  try {
    return parseMountinfo(readFileSync("/proc/self/mountinfo", "utf8"));
  } catch {
    return [];
  }
}

export function parseMountinfo(text: string): readonly Mount[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [before = "", after = ""] = line.split(" - ");
      return { point: withoutEscapes(before.split(" ")[4] ?? ""), type: after.split(" ")[0] ?? "" };
    });
}

/** The mount that a path lies on: absolute, with symbolic links resolved. */
export function mountOf(path: string, mounts: readonly Mount[]): Mount | undefined {
  let found: Mount | undefined;
  for (const mount of mounts) {
    const folder = mount.point.endsWith("/") ? mount.point : `${mount.point}/`;
    const holds = path === mount.point || path.startsWith(folder);
    // Of two mounts on one point the later one is in sight.
    if (holds && mount.point.length >= (found?.point.length ?? 0)) found = mount;
  }
  return found;
}

/** Whether to ask after a file cannot hang: for a path that is absolute, with symbolic links resolved. */
export function isLocal(path: string, mounts: readonly Mount[]): boolean {
  return LOCAL.has(mountOf(path, mounts)?.type ?? "");
}

/** Blanks and backslashes are written as octal. */
function withoutEscapes(point: string): string {
  return point.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
