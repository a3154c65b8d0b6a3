/** The section "Over time": a series of the history, over a time range that the user chooses. */
import type { ComponentChildren } from "preact";
import { RANGES, spanOf, useRange, useSeries } from "../state/series.ts";
import { Segments } from "./segments.tsx";
import { Failure, Loading } from "./states.tsx";

interface Props<T> {
  readonly id: string;
  readonly name: string;
  /** Of one run; absent: of the target. */
  readonly runId?: string;
  /** The name of what is loaded. */
  readonly what: string;
  readonly show: (series: T, span: readonly [number, number]) => ComponentChildren;
}

export function OverTime<T>({ id, name, runId, what, show }: Props<T>) {
  const [range, setRange] = useRange();
  const { data, error, fetchedAt } = useSeries<T>(name, range, runId);
  return (
    <section aria-labelledby={id}>
      <div class="section-head">
        <h2 id={id}>Over time</h2>
        <Segments legend="Time range" options={RANGES} value={range} choose={setRange} />
      </div>
      {data ? (
        show(data, spanOf(range, fetchedAt))
      ) : error ? (
        <Failure error={error} />
      ) : (
        <Loading what={what} />
      )}
    </section>
  );
}
