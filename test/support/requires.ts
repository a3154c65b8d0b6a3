/** Tests that need more than Node: they are skipped where it is missing, and the closing lines say why. */

declare module "vitest" {
  interface TaskMeta {
    /** What a skipped test would have needed. */
    requires?: string;
  }
}

/** For the options of `describe` and `it`. `what` says what is missing and how to get it. */
export function requires(isThere: boolean, what: string) {
  return { skip: !isThere, meta: { requires: what } };
}
