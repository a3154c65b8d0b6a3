/** All scenarios whose processes are programs of this folder. clis.ts has those with real agent CLIs. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { IDENTITY } from "./list/identity.ts";
import { PEERS } from "./list/peers.ts";
import { PERSONS } from "./list/persons.ts";
import { RUNTIME } from "./list/runtime.ts";
import { STATES } from "./list/states.ts";
import { TOOLS } from "./list/tools.ts";
import type { Scenario } from "./scenario.ts";

export const SCENARIOS: readonly Scenario[] = [
  ...RUNTIME,
  ...PEERS,
  ...PERSONS,
  ...TOOLS,
  ...STATES,
  ...IDENTITY,
];

/** Returns what the scenario needs and this machine lacks. */
export function missing({ needs = [] }: Scenario): readonly string[] {
  return needs.filter((name) => !isThere(name));
}

const CGROUPS = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"];
const known = new Map<string, boolean>();

function isThere(name: string): boolean {
  const found =
    known.get(name) ??
    (name === "root"
      ? process.getuid?.() === 0 && spawnSync("unshare", ["-m", "true"]).status === 0
      : name === "cgroup2"
        ? CGROUPS.some((path) => existsSync(`${path}/cgroup.controllers`))
        : spawnSync("sh", ["-c", `command -v ${name}`]).status === 0);
  known.set(name, found);
  return found;
}
