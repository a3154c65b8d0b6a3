/** The first items of a list, and a button that shows more. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { formatCount } from "../words/format.ts";

export function useFirst<T>(items: readonly T[], step: number): [readonly T[], ComponentChildren] {
  const [shown, setShown] = useState(step);
  const left = items.length - shown;
  const button =
    left > 0 ? (
      <button type="button" class="more" onClick={() => setShown(shown + Math.max(step, shown))}>
        Show more ({formatCount(left)} left)
      </button>
    ) : null;
  return [items.slice(0, shown), button];
}
