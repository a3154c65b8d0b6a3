/** A plot's values as a table, for users who cannot see the drawing, with a limited number of rows. */
import { useState } from "preact/hooks";
import { formatTimeForTable } from "../../words/format.ts";
import { Table } from "../parts/table.tsx";
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
  // Counted from the end, so that the newest value is always included.
  const picked = times.map((_, index) => times.length - 1 - index).filter((_, index) => index % every === 0);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a stretch that scrolls must be reached by the keyboard
    <section class="rows" tabIndex={0} aria-label={`${title}, values`}>
      <Table
        class="plain"
        caption={`${title}${every > 1 ? `, ${picked.length} of ${times.length} points` : ""}`}
        columns={[
          { name: "Time", cell: (index) => formatTimeForTable(times[index] ?? 0) },
          ...lines.map(({ name, values }) => ({
            name,
            class: "number",
            cell: (index: number) => format(values[index]),
          })),
        ]}
        rows={picked}
        keyOf={(index) => times[index]}
      />
    </section>
  );
}
