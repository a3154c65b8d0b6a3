/** A plot over time: the drawing, its values at a point in time, and a table of the values. */
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { formatTime } from "../../words/format.ts";
import type { TermName } from "../../words/glossary.ts";
import { verdictAppearance } from "../../words/verdicts.ts";
import { Badge } from "../parts/badge.tsx";
import { Term } from "../parts/term.tsx";
import { serverNow } from "../state/clock.ts";
import { useColourChanges } from "./colours.ts";
import { type Drawing, draw } from "./draw.ts";
import { DASHES, ROUND_STEPS } from "./line.ts";
import { PlotTable } from "./table.tsx";

interface Props extends Pick<Drawing, "data" | "sync">, Partial<Pick<Drawing, "tick" | "steps" | "least">> {
  readonly title: string;
  readonly help?: TermName;
  readonly unit?: string;
  readonly format: (value: number | null | undefined) => string;
}

export function Plot(props: Props) {
  const { title, help, unit, data, format, tick = format, steps = ROUND_STEPS, least = 1, sync } = props;
  const element = useRef<HTMLDivElement>(null);
  const drawn = useRef<ReturnType<typeof draw>>(undefined);
  const [looked, setLooked] = useState<number>();
  const colourChanges = useColourChanges();
  const id = useId();
  const names = data.lines.map(({ name }) => name).join("\n");

  // Other lines or colours need a new drawing; a new answer needs only an update.
  useEffect(() => {
    if (!element.current) return;
    drawn.current = draw(element.current, { data, tick, steps, least, sync, point: setLooked });
    return () => drawn.current?.end();
  }, [names, colourChanges]);
  useEffect(() => drawn.current?.update(data), [data.times]);

  const last = data.times.length - 1;
  const index = Math.min(looked ?? last, last);
  const time = data.times[index] ?? 0;
  const verdict = data.bands?.findLast(({ from, to }) => from <= time && time <= to)?.verdict;
  const appearance = verdict && verdictAppearance(verdict);
  const spoken = data.lines.map(
    ({ name, values }) => `${name} ${values[index] == null ? "unknown" : format(values[index])}`,
  );
  return (
    <figure class="plot" aria-labelledby={id}>
      <figcaption>
        <h3 id={id}>
          {help ? <Term name={help}>{title}</Term> : title} <span class="unit">{unit}</span>
        </h3>
        <ul class="values">
          {data.lines.map(({ name, values, shaded }, line) => (
            <li key={name}>
              <svg class="sample" viewBox="0 0 22 8" width="22" height="8" aria-hidden="true">
                <path
                  d="M0 4h22"
                  style={{ stroke: shaded ? "var(--muted)" : `var(--line-${line + 1})` }}
                  stroke-dasharray={DASHES[line]?.join(" ")}
                />
              </svg>
              <span>{name}</span> <b>{format(values[index])}</b>
            </li>
          ))}
          {appearance && (
            <li>
              <Badge appearance={appearance} />
            </li>
          )}
          <li class="at">
            {looked === undefined ? "latest" : "at"} {formatTime(time, serverNow())}
          </li>
        </ul>
      </figcaption>
      <div class="canvas" ref={element} aria-hidden="true" />
      <input
        class="scrubber"
        type="range"
        aria-label={`${title}: point in time`}
        aria-valuetext={[formatTime(time, time), ...spoken, appearance?.word].filter(Boolean).join(", ")}
        min={0}
        max={last}
        value={index}
        onInput={(event) => drawn.current?.show(Number(event.currentTarget.value))}
      />
      <PlotTable title={title} data={data} format={format} />
    </figure>
  );
}
