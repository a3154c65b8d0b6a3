/** Tests that need more than Node. They are skipped if it is missing, and the summary gives the reason. */

declare module "vitest" {
  interface TaskMeta {
    /** What a skipped test needs. */
    requires?: string;
  }
}

/** Returns options for `describe` and `it`. `what` states what is missing and how to get it. */
export function requires(isThere: boolean, what: string) {
  return { skip: !isThere, meta: { requires: what } };
}
