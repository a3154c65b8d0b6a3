/** A plot's values as a table, for whoever does not see the drawing: no more rows than can be read. */
import { useState } from "preact/hooks";
import { formatTimeForTable } from "../words/format.ts";
import type { PlotData } from "./line.ts";

const MOST_ROWS = 40;

interface Props {
  readonly title: string;
  readonly data: PlotData;
  readonly format: (value: number | null | undefined) => string;
}

export function PlotTable({ title, data, format }: Props) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details class="as-table" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        As a table<span class="only-heard">: {title}</span>
      </summary>
      {isOpen && <Rows title={title} data={data} format={format} />}
    </details>
  );
}

function Rows({ title, data: { times, lines }, format }: Props) {
  const every = Math.ceil(times.length / MOST_ROWS);
  // Counted from the end: the newest is always there.
  const picked = times.map((_, index) => times.length - 1 - index).filter((_, index) => index % every === 0);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a stretch that scrolls must be reached by the keyboard
    <section class="rows" tabIndex={0} aria-label={`${title}, values`}>
      <table class="plain">
        <caption>
          {title}
          {every > 1 && `, every ${every}th of ${times.length} points`}
        </caption>
        <thead>
          <tr>
            <th scope="col">Time</th>
            {lines.map(({ name }) => (
              <th key={name} scope="col" class="number">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {picked.map((index) => (
            <tr key={times[index]}>
              <th scope="row">{formatTimeForTable(times[index] ?? 0)}</th>
              {lines.map(({ name, values }) => (
                <td key={name} class="number">
                  {format(values[index])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
