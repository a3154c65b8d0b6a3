/**
 * `npm run bench`: what a reading costs, and whom. It measures the compiled program, as it is installed, and
 * gives ratios against a baseline of the same run. Names of parts as arguments run these alone.
 */
import { cpus } from "node:os";
import { benchAgents } from "./agents.ts";
import { benchDatabases } from "./databases.ts";
import { benchExposition } from "./exposition.ts";
import { benchFleet } from "./fleet.ts";
import { benchFloor } from "./floor.ts";
import { benchHistory } from "./history.ts";
import { benchHostile } from "./hostile.ts";
import { benchObserver } from "./observer.ts";
import { benchWatchdog } from "./watchdog.ts";
import { benchWatchdogHistory } from "./watchdog-history.ts";

const PARTS: Readonly<Record<string, () => Promise<void>>> = {
  floor: benchFloor,
  history: benchHistory,
  observer: benchObserver,
  agents: benchAgents,
  databases: benchDatabases,
  exposition: benchExposition,
  hostile: benchHostile,
  watchdog: benchWatchdog,
  "watchdog-history": benchWatchdogHistory,
};

/** They need programs that are not the project's. */
const BY_NAME_ONLY: Readonly<Record<string, () => Promise<void>>> = { fleet: benchFleet };

console.log(`${cpus()[0]?.model}, ${cpus().length} cores, Node ${process.versions.node}`);
const wanted = process.argv.slice(2);
const parts = wanted.length === 0 ? PARTS : { ...PARTS, ...BY_NAME_ONLY };
for (const [name, bench] of Object.entries(parts)) {
  if (wanted.length === 0 || wanted.includes(name)) await bench();
}
