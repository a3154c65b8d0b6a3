/** A time range of history until now, refetched as often as its plot would change. */
import { useParameters } from "./address.ts";
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

/** The width of a plot in points. */
const COLUMNS = 400;

const USUAL_SECONDS = 3_600;

/** Returns the range in the address, and a function that changes it. */
export function useRange(): [number, (seconds: number) => void] {
  const [parameters, change] = useParameters();
  const wanted = Number(parameters.get("range") ?? USUAL_SECONDS);
  const isOffered = RANGES.some(({ value }) => value === wanted);
  const choose = (seconds: number) => change({ range: seconds === USUAL_SECONDS ? "" : String(seconds) });
  return [isOffered ? wanted : USUAL_SECONDS, choose];
}

/** Returns the time axis of a plot, in milliseconds: the whole range, even if only a part has data. */
export function spanOf(rangeSeconds: number, fetchedAt = serverNow()): readonly [number, number] {
  return [fetchedAt - rangeSeconds * 1_000, fetchedAt];
}

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
