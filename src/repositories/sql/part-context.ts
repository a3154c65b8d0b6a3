/** What reading a part needs beside the rows. */
import type { Fault } from "../fault.ts";
import type { History } from "./history/history.ts";
import type { Source } from "./source.ts";

export interface PartContext {
  readonly source: Source;
  readonly history: History;
  /** Unix epoch milliseconds. */
  readonly nowMs: number;
  readonly maxItems: number;
  readonly terminalStages: readonly string[];
  /** The fault that a database's error stands for; undefined for what is a bug. */
  readonly faultFor: (error: unknown) => Fault | undefined;
}
