/** A plot over time: the drawing, its values at a point in time, and a table of the values. */
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { Badge } from "../parts/badge.tsx";
import { Term } from "../parts/term.tsx";
import { useNow } from "../state/clock.ts";
import { useColourChanges } from "../state/theme.ts";
import { formatTime } from "../words/format.ts";
import type { TermName } from "../words/glossary.ts";
import { verdictAppearance } from "../words/verdicts.ts";
import { draw } from "./draw.ts";
import { DASHES, type PlotData } from "./line.ts";
import { PlotTable } from "./table.tsx";

interface Props {
  readonly title: string;
  readonly help?: TermName;
  readonly unit?: string;
  readonly data: PlotData;
  readonly format: (value: number | null | undefined) => string;
  readonly tick?: (value: number) => string;
  readonly steps?: readonly number[];
  readonly least?: number;
  readonly sync: string;
}

export function Plot({ title, help, unit, data, format, tick = format, steps, least = 1, sync }: Props) {
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
  const index = looked === undefined || looked > last ? last : looked;
  return (
    <figure class="plot" aria-labelledby={id}>
      <figcaption>
        <h3 id={id}>
          {help ? <Term name={help}>{title}</Term> : title} <span class="unit">{unit}</span>
        </h3>
        <Values data={data} index={index} isLatest={looked === undefined} format={format} />
      </figcaption>
      <div class="canvas" ref={element} aria-hidden="true" />
      <input
        class="scrubber"
        type="range"
        aria-label={`${title}: point in time`}
        aria-valuetext={wordsAt(data, index, format)}
        min={0}
        max={last}
        value={index}
        onInput={(event) => drawn.current?.show(Number(event.currentTarget.value))}
      />
      <PlotTable title={title} data={data} format={format} />
    </figure>
  );
}

interface ValuesProps {
  readonly data: PlotData;
  readonly index: number;
  readonly isLatest: boolean;
  readonly format: Props["format"];
}

function Values({ data, index, isLatest, format }: ValuesProps) {
  const now = useNow();
  const time = data.times[index];
  const verdict = verdictAt(data, time);
  return (
    <ul class="values">
      {data.lines.map(({ name, values, shaded }, line) => (
        <li key={name}>
          <Sample line={line} isShaded={shaded} />
          <span>{name}</span> <b>{format(values[index])}</b>
        </li>
      ))}
      {verdict && (
        <li>
          <Badge appearance={verdictAppearance(verdict)} />
        </li>
      )}
      {time !== undefined && (
        <li class="at">
          {isLatest ? "latest" : "at"} {formatTime(time, now)}
        </li>
      )}
    </ul>
  );
}

/** A sample of the line with its dashes. */
function Sample({ line, isShaded }: { line: number; isShaded: boolean | undefined }) {
  const colour = isShaded ? "var(--muted)" : `var(--line-${line + 1})`;
  return (
    <svg class="sample" viewBox="0 0 22 8" width="22" height="8" aria-hidden="true">
      <path d="M0 4h22" style={{ stroke: colour }} stroke-dasharray={(DASHES[line] ?? []).join(" ")} />
    </svg>
  );
}

function wordsAt(data: PlotData, index: number, format: Props["format"]): string {
  const time = data.times[index];
  if (time === undefined) return "no values";
  const verdict = verdictAt(data, time);
  return [
    formatTime(time, time),
    ...data.lines.map(
      ({ name, values }) => `${name} ${values[index] == null ? "unknown" : format(values[index])}`,
    ),
    ...(verdict ? [verdictAppearance(verdict).word] : []),
  ].join(", ");
}

function verdictAt({ bands = [] }: PlotData, time: number | undefined) {
  return time === undefined
    ? undefined
    : bands.findLast(({ from, to }) => from <= time && time <= to)?.verdict;
}
