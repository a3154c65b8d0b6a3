/** The start command of the systemd unit: Node's flags before the program's name. */
import { readFileSync } from "node:fs";

const UNIT = new URL("../../deploy/systemd/orch-metrics.service", import.meta.url);

/** Returns the flags of `ExecStart=…/node FLAGS …/orch-metrics serve`. */
export function documentedFlags(): readonly string[] {
  const start = /^ExecStart=(.+)$/m.exec(readFileSync(UNIT, "utf8"))?.[1]?.split(" ") ?? [];
  const flags = start.slice(
    1,
    start.findIndex((word) => word.endsWith("/orch-metrics")),
  );
  // Node 25 and later need it, as the unit says; Node 24 does not have it.
  return process.allowedNodeEnvironmentFlags.has("--allow-net") ? [...flags, "--allow-net"] : flags;
}
