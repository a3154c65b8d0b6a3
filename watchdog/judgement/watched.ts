/** What a run's readings came to so far. Plain data: it can be kept as JSON. */
import type { Observed } from "./observed.ts";
import type { Verdict } from "./verdict.ts";

export interface Watched {
  readonly observed: Observed;
  readonly verdict: Verdict;
}
