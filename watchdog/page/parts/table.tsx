/** A table from a list of columns. The first column is the row's heading. */
import type { ComponentChildren } from "preact";

export interface Column<Row> {
  readonly name: string;
  readonly cell: (row: Row) => ComponentChildren;
  readonly class?: string;
  /** On a phone, the cells of this column do not show its name. */
  readonly unlabelled?: true;
  /** The sort key of this column. */
  readonly key?: string;
}

export interface Sorting {
  readonly by: string;
  readonly descending: boolean;
  readonly choose: (by: string) => void;
}

export interface Props<Row> {
  readonly class: string;
  readonly caption: ComponentChildren;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string | number | undefined;
  readonly rowClass?: (row: Row) => string;
  readonly sorting?: Sorting;
}

export function Table<Row>({ class: name, caption, columns, rows, keyOf, rowClass, sorting }: Props<Row>) {
  const [first, ...others] = columns;
  return (
    <table class={name}>
      <caption class={name === "plain" ? "" : "only-heard"}>{caption}</caption>
      <thead>
        <tr>
          {columns.map((column) => (
            <Heading key={column.name} column={column} sorting={sorting} />
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={keyOf(row)} class={rowClass?.(row)}>
            <th scope="row">{first?.cell(row)}</th>
            {others.map((column) => (
              <td
                key={column.name}
                class={column.class}
                data-label={column.unlabelled ? undefined : column.name}
              >
                {column.cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const ARROWS = { none: "", ascending: " ↑", descending: " ↓" };

interface HeadingProps<Row> {
  readonly column: Column<Row>;
  readonly sorting: Sorting | undefined;
}

function Heading<Row>({ column: { name, class: className, key }, sorting }: HeadingProps<Row>) {
  if (!sorting || key === undefined)
    return (
      <th scope="col" class={className}>
        {name}
      </th>
    );
  const direction = sorting.by !== key ? "none" : sorting.descending ? "descending" : "ascending";
  return (
    <th scope="col" class={className} aria-sort={direction}>
      <button type="button" class="sort" onClick={() => sorting.choose(key)}>
        {name}
        <span aria-hidden="true">{ARROWS[direction]}</span>
      </button>
    </th>
  );
}
