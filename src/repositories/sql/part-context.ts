/** What reading a part needs beside the rows. */
import type { SourceFailure } from "../source-failure.ts";
import type { History } from "./history/history.ts";
import type { Source } from "./source.ts";

export interface PartContext {
  readonly source: Source;
  readonly history: History;
  /** Unix epoch milliseconds. */
  readonly nowMs: number;
  readonly maxItems: number;
  readonly terminalStages: readonly string[];
  /** The failure that a database's error stands for; undefined for what is a bug. */
  readonly toFailure: (error: unknown) => SourceFailure | undefined;
}
