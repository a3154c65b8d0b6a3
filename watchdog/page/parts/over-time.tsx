/** The section "Over time": a series of the history until now, over a time range that the user chooses. */
import type { ComponentChildren } from "preact";
import { useParameters } from "../state/address.ts";
import { serverNow } from "../state/clock.ts";
import { useResource } from "../state/resource.ts";
import { Section } from "./section.tsx";
import { Segments } from "./segments.tsx";
import { Failure, Loading } from "./states.tsx";

const RANGES = [
  { value: 900, word: "15 min" },
  { value: 3_600, word: "1 h" },
  { value: 6 * 3_600, word: "6 h" },
  { value: 86_400, word: "24 h" },
  { value: 7 * 86_400, word: "7 d" },
  { value: 90 * 86_400, word: "90 d" },
];
const USUAL_SECONDS = 3_600;

/** The width of a plot in points. A series is refetched as often as its plot would change. */
const COLUMNS = 400;

interface Props<T> {
  readonly name: string;
  /** Of one run; absent: of the target. */
  readonly runId?: string;
  /** `span`: the time axis in milliseconds, the whole range even if only a part has data. */
  readonly show: (series: T, span: readonly [number, number]) => ComponentChildren;
}

export function OverTime<T>({ name, runId, show }: Props<T>) {
  const [parameters, change] = useParameters();
  const chosen = Number(parameters.get("range"));
  const range = RANGES.some(({ value }) => value === chosen) ? chosen : USUAL_SECONDS;
  const choose = (seconds: number) => change({ range: seconds === USUAL_SECONDS ? "" : String(seconds) });
  const milliseconds = range * 1_000;
  const about = `api/targets/${encodeURIComponent(name)}/series`;
  const run = runId === undefined ? "" : `&run=${encodeURIComponent(runId)}`;
  const times = (now: number) => `from=${Math.round(now - milliseconds)}&to=${Math.round(now + 1_000)}`;
  const {
    data,
    error,
    fetchedAt = serverNow(),
  } = useResource<T>(`${about}?range=${range}${run}`, {
    path: () => `${about}?${times(serverNow())}${run}`,
    target: name,
    gap: Math.min(60_000, Math.max(2_000, milliseconds / COLUMNS)),
  });
  return (
    <Section
      title="Over time"
      beside={<Segments legend="Time range" options={RANGES} value={range} choose={choose} />}
    >
      {data ? (
        show(data, [fetchedAt - milliseconds, fetchedAt])
      ) : error ? (
        <Failure error={error} />
      ) : (
        <Loading what="history" />
      )}
    </Section>
  );
}
