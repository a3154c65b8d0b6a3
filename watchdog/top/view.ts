/** What `top` shows: the watchdog's last answer, and what the user chose of it. */
import type { Target } from "../api.ts";
import { filtered, ordered } from "../page/views/target/agent-list.ts";
import { type Row, rowsOf } from "./columns.ts";

/** What the watchdog answered last. */
export interface Answer {
  readonly targets: readonly Target[];
  /** The watchdog's own clock then. */
  readonly now: number;
}

export interface View {
  readonly answer?: Answer;
  /** Why the watchdog does not answer now; empty: it does. */
  readonly failure: string;
  /** As in the page's address: "cost", or "-cost" the other way round. */
  readonly order: string;
  readonly filter: string;
  readonly isTyping: boolean;
  readonly isHelp: boolean;
  /** `idOf` an agent; the first one if it is not listed. */
  readonly selected: string;
  /** What the last key did. */
  readonly message: string;
}

export const START: View = {
  ...{ failure: "", order: "verdict", filter: "", isTyping: false, isHelp: false, selected: "", message: "" },
};

/** The rows that the filter leaves, in their order. */
export function listed({ answer, filter, order }: View): readonly Row[] {
  return ordered(filtered(rowsOf(answer?.targets ?? []), new URLSearchParams({ text: filter })), order);
}

export const idOf = (row: Row | undefined): string => (row ? JSON.stringify([row.target, row.runId]) : "");

export function selectedIndex({ selected }: View, rows: readonly Row[]): number {
  return Math.max(
    0,
    rows.findIndex((row) => idOf(row) === selected),
  );
}
