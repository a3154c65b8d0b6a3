/** The parts of the watchdog that the server shows. */
import type { Alerting } from "../alerting.ts";
import type { Thresholds } from "../config/thresholds.ts";
import type { createHeartbeat } from "../heartbeat.ts";
import type { History } from "../history/history.ts";
import type { WatchedFleet } from "../targets/fleet.ts";

export interface Shown {
  readonly fleet: WatchedFleet;
  readonly history: History;
  readonly alerting: Alerting;
  readonly thresholds: (target: string) => Thresholds;
  readonly pollSeconds: number;
  readonly heartbeat: ReturnType<typeof createHeartbeat>;
  /** The page's address, for runbooks. */
  readonly pageUrl: string;
}
