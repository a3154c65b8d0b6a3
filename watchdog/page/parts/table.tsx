/** A table by its columns, of which the first names the row. */
import type { ComponentChildren } from "preact";

export interface Column<Row> {
  readonly name: string;
  readonly cell: (row: Row) => ComponentChildren;
  readonly class?: string;
  /** On a phone its cells do not say the column's name. */
  readonly unlabelled?: true;
}

interface Props<Row> {
  readonly class: string;
  readonly caption: ComponentChildren;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string | number | undefined;
  readonly rowClass?: (row: Row) => string;
}

export function Table<Row>({ class: name, caption, columns, rows, keyOf, rowClass }: Props<Row>) {
  const [first, ...others] = columns;
  return (
    <table class={name}>
      <caption class={name === "plain" ? "" : "only-heard"}>{caption}</caption>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column.name} scope="col" class={column.class}>
              {column.name}
            </th>
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
