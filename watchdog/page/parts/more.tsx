/** The first items of a list, and a button that shows more. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { formatCount } from "../../words/format.ts";
import { Table, type Props as TableProps } from "./table.tsx";

export function useFirst<T>(items: readonly T[], step: number): [readonly T[], ComponentChildren] {
  const [shown, setShown] = useState(step);
  const left = items.length - shown;
  const button = left > 0 && (
    <button type="button" class="more" onClick={() => setShown(shown + Math.max(step, shown))}>
      Show more ({formatCount(left)} left)
    </button>
  );
  return [items.slice(0, shown), button];
}

interface ShortTableProps<Row> extends Omit<TableProps<Row>, "class"> {
  /** What to show without rows. */
  readonly none: string;
}

export function ShortTable<Row>({ none, rows, ...table }: ShortTableProps<Row>) {
  const [first, more] = useFirst(rows, 6);
  if (rows.length === 0) return <p class="muted">{none}</p>;
  return (
    <>
      <Table {...table} class="plain" rows={first} />
      {more}
    </>
  );
}
