/** The mounts that this process sees: proc_pid_mountinfo(5). */
import { readFileSync } from "node:fs";

/** File systems whose stat(2) depends on no other machine or process. */
const LOCAL = new Set(["btrfs", "ext2", "ext3", "ext4", "f2fs", "overlay", "ramfs", "tmpfs", "xfs", "zfs"]);

export interface Mount {
  readonly point: string;
  /** For example `ext4` or `nfs4`. */
  readonly type: string;
  /** Those of the file system, not of the mount. */
  readonly options: string;
}

/** Returns the mounts in order of mounting. Empty without procfs. */
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
      const [type = "", , options = ""] = after.split(" ");
      return { point: withoutEscapes(before.split(" ")[4] ?? ""), type, options };
    });
}

/** Returns the mount of a path, which must be absolute, with symbolic links resolved. */
export function mountOf(path: string, mounts: readonly Mount[]): Mount | undefined {
  let found: Mount | undefined;
  for (const mount of mounts) {
    const folder = mount.point.endsWith("/") ? mount.point : `${mount.point}/`;
    const holds = path === mount.point || path.startsWith(folder);
    // The later of two mounts on one point hides the earlier one.
    if (holds && mount.point.length >= (found?.point.length ?? 0)) found = mount;
  }
  return found;
}

/** Whether stat(2) of a path cannot hang. The path must be absolute, with symbolic links resolved. */
export function isLocal(path: string, mounts: readonly Mount[]): boolean {
  return LOCAL.has(mountOf(path, mounts)?.type ?? "");
}

/** Decodes octal escapes of blanks and backslashes. */
function withoutEscapes(point: string): string {
  return point.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
