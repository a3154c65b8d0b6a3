/**
 * Control groups that limit the CPU of processes or freeze them: cgroups(7), versions 1 and 2. Requires root.
 */
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The paths of the hierarchies, by controller. */
const CPU_OF_VERSION_1 = "/sys/fs/cgroup/cpu";
const VERSION_2 = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"].find((path) =>
  existsSync(join(path, "cgroup.controllers")),
);

const PERIOD_MICROSECONDS = 100_000;

export interface ControlGroups {
  /** Limits a process, and what it starts from then on, to this share of one core. */
  limit(pid: number, share: number): void;
  /** Freezes a process, like `docker pause`. */
  freeze(pid: number): void;
  /** Removes the groups once their processes have ended. */
  remove(): void;
}

export function controlGroups(): ControlGroups {
  const folders: string[] = [];

  function groupIn(hierarchy: string, pid: number, settings: Readonly<Record<string, string>>): void {
    const folder = join(hierarchy, `orch-scenario-${pid}`);
    mkdirSync(folder);
    folders.push(folder);
    writeFileSync(join(folder, "cgroup.procs"), String(pid));
    for (const [file, text] of Object.entries(settings)) writeFileSync(join(folder, file), text);
  }

  return {
    limit(pid, share) {
      const quota = String(PERIOD_MICROSECONDS * share);
      if (
        existsSync(join(CPU_OF_VERSION_1, "cpu.cfs_quota_us")) ||
        existsSync(join(CPU_OF_VERSION_1, "cgroup.procs"))
      )
        groupIn(CPU_OF_VERSION_1, pid, { "cpu.cfs_quota_us": quota });
      else groupIn(version2(), pid, { "cpu.max": `${quota} ${PERIOD_MICROSECONDS}` });
    },
    freeze: (pid) => groupIn(version2(), pid, { "cgroup.freeze": "1" }),
    remove() {
      for (const folder of folders.splice(0)) rmdirSync(folder);
    },
  };
}

function version2(): string {
  if (VERSION_2 === undefined) throw new Error("there is no cgroup of version 2 below /sys/fs/cgroup");
  return VERSION_2;
}
