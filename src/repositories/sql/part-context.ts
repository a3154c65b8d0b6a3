/** What the reading of a part needs besides the rows. */
import type { History } from "./history/history.ts";
import type { Source } from "./source.ts";

export interface PartContext {
  readonly source: Source;
  readonly history: History;
  /** Unix epoch milliseconds. */
  readonly nowMs: number;
  readonly maxItems: number;
  readonly terminalStages: readonly string[];
}
