/** The history of a SQLite database: a reading's transaction must stay short, since it may hold up a commit. */
import { History } from "../sql/history/history.ts";
import type { Source } from "../sql/source.ts";
import { faultFor } from "./faults.ts";

const REFRESH_MILLISECONDS = 5;

export function newHistory(source: Source): History {
  return new History({ source, faultFor, refreshMilliseconds: REFRESH_MILLISECONDS });
}
