/**
 * Sums by group, packed: a history of ten million rows has some thousand segments, and as objects they would outweigh
 * the rest of the service. An array of nothing but numbers holds them unboxed, within V8's heap; a typed array is
 * three objects and a piece of memory outside it.
 */
import type { Cells } from "../columns.ts";
import type { HistoryTable } from "./table.ts";

/** For each group its index and its numbers, one after the other; NaN stands for NULL. */
export type Packed = readonly number[];

export const NO_SUMS: Packed = [];

export class Groups {
  readonly #table: HistoryTable;
  readonly #indexes = new Map<string, number>();
  readonly #labels: Cells[] = [];

  constructor(table: HistoryTable) {
    this.#table = table;
  }

  pack(rows: readonly Cells[]): Packed {
    const { numbers } = this.#table;
    const packed: number[] = [];
    for (const row of rows) {
      packed.push(this.#indexOf(row));
      for (const column of numbers) packed.push(row[column] === null ? Number.NaN : Number(row[column]));
    }
    // Without the room that it grew into.
    return packed.slice();
  }

  /** The sums of the sums, a row for each group, in the form in which the rows were given. */
  unpack(parts: Iterable<Packed>): readonly Cells[] {
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
  add(parts: Iterable<Packed>): Packed {
    const width = this.#table.numbers.length;
    const totals = new Map<number, number[]>();
    for (const packed of parts) {
      for (let start = 0; start < packed.length; start += width + 1) {
        const group = packed[start] as number;
        const total = totals.get(group);
        if (!total) {
          totals.set(group, packed.slice(start + 1, start + 1 + width));
          continue;
        }
        for (let offset = 0; offset < width; offset += 1) {
          const sum = total[offset] as number;
          const term = packed[start + 1 + offset] as number;
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

export function isSame(a: Packed, b: Packed): boolean {
  return a.length === b.length && a.every((value, index) => Object.is(value, b[index]));
}
