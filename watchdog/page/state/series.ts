/** A stretch of history until now, asked for anew as often as a plot of it would change. */
import { serverNow } from "./clock.ts";
import { type Resource, useResource } from "./resource.ts";

export const RANGES = [
  { value: 900, word: "15 min" },
  { value: 3_600, word: "1 h" },
  { value: 6 * 3_600, word: "6 h" },
  { value: 86_400, word: "24 h" },
  { value: 7 * 86_400, word: "7 d" },
  { value: 90 * 86_400, word: "90 d" },
] as const;

/** Points that a plot is wide. */
const COLUMNS = 400;

export function useSeries<T>(target: string, rangeSeconds: number, runId?: string): Resource<T> {
  const about = `api/targets/${encodeURIComponent(target)}/series`;
  const run = runId === undefined ? "" : `&run=${encodeURIComponent(runId)}`;
  return useResource<T>({
    key: `${about}?range=${rangeSeconds}${run}`,
    path: () =>
      `${about}?from=${Math.round(serverNow() - rangeSeconds * 1_000)}&to=${Math.round(serverNow() + 1_000)}${run}`,
    target,
    gap: Math.min(60_000, Math.max(2_000, (rangeSeconds * 1_000) / COLUMNS)),
  });
}
