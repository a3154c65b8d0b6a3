import type { Answer } from "./answer.ts";

/** What answers a path. It never rejects for a fault of the store. */
export interface PlainRoute {
  readonly answer: (query: URLSearchParams, accept: string | undefined) => Promise<Answer>;
  /** The query parameters that it takes; undefined: whatever is given is ignored, as in its first release. */
  readonly parameters?: readonly string[];
}
