/** Sums by group as one list of numbers, and what can be done with them. */
import type { Cells } from "../columns.ts";
import type { HistoryTable } from "./table.ts";

/** For each group its index and its numbers, one after the other; NaN stands for NULL. */
export type Sums = readonly number[];

export class Groups {
  readonly #table: HistoryTable;
  readonly #indexes = new Map<string, number>();
  readonly #labels: Cells[] = [];

  constructor(table: HistoryTable) {
    this.#table = table;
  }

  sumsIn(rows: readonly Cells[]): Sums {
    const { numbers } = this.#table;
    const sums: number[] = [];
    for (const row of rows) {
      sums.push(this.#indexOf(row));
      for (const column of numbers) sums.push(row[column] === null ? Number.NaN : Number(row[column]));
    }
    return sums;
  }

  /** The sums of the sums, a row for each group, in the form in which the rows were given. */
  rowsOf(parts: Iterable<Sums>): readonly Cells[] {
    const { numbers } = this.#table;
    const total = this.add(parts);
    const rows: Cells[] = [];
    for (let start = 0; start < total.length; start += numbers.length + 1) {
      const row: Record<string, unknown> = { ...this.#labels[total[start] as number] };
      numbers.forEach((column, offset) => {
        const value = total[start + 1 + offset] as number;
        row[column] = Number.isNaN(value) ? null : value;
      });
      rows.push(row);
    }
    return rows;
  }

  /** Unknown plus known is known. */
  add(parts: Iterable<Sums>): Sums {
    const width = this.#table.numbers.length;
    const totals = new Map<number, number[]>();
    for (const sums of parts) {
      for (let start = 0; start < sums.length; start += width + 1) {
        const group = sums[start] as number;
        const total = totals.get(group);
        if (!total) {
          totals.set(group, sums.slice(start + 1, start + 1 + width));
          continue;
        }
        for (let offset = 0; offset < width; offset += 1) {
          const sum = total[offset] as number;
          const term = sums[start + 1 + offset] as number;
          if (Number.isNaN(sum)) total[offset] = term;
          else if (!Number.isNaN(term)) total[offset] = sum + term;
        }
      }
    }
    return [...totals].flatMap(([group, total]) => [group, ...total]);
  }

  #indexOf(row: Cells): number {
    const labels = this.#table.labels.map((column) => row[column]);
    const key = JSON.stringify(labels);
    let index = this.#indexes.get(key);
    if (index === undefined) {
      index = this.#labels.length;
      this.#indexes.set(key, index);
      this.#labels.push(Object.fromEntries(this.#table.labels.map((column, at) => [column, labels[at]])));
    }
    return index;
  }
}
