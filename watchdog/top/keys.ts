/** The keys of `top`. Each one changes the view, or requests an action outside the screen. */
import type { Key } from "node:readline";
import { type Row, selectedIndex, type View } from "./view.ts";

export type Action = "quit" | "silence" | "page" | "pane";

/** The orders that `s` goes through, by the names in the page's address. */
const ORDERS = ["verdict", "cause", "agent", "task", "cpu", "log", "tokens", "cost"];

/** By how many agents each key moves the selection. */
const MOVES: Readonly<Record<string, number>> = {
  ...{ up: -1, k: -1, down: 1, j: 1, pageup: -10, pagedown: 10 },
  ...{ home: Number.NEGATIVE_INFINITY, end: Number.POSITIVE_INFINITY },
};

const ACTIONS: Readonly<Record<string, Action>> = { m: "silence", o: "page", return: "pane", q: "quit" };

/** `rows`: the listed agents. */
export function pressed(view: View, key: Key, rows: readonly Row[]): Partial<View> | Action {
  const { name = "", sequence = "" } = key;
  const { order, filter } = view;
  if (key.ctrl) return name === "c" ? "quit" : {};
  if (view.isTyping) return typed(filter, name, sequence);
  const move = MOVES[name];
  if (move !== undefined) {
    const index = Math.min(selectedIndex(view, rows) + move, rows.length - 1);
    return { selected: rows[Math.max(0, index)]?.id ?? "" };
  }
  if (name === "s")
    return { order: ORDERS[(ORDERS.indexOf(order.replace("-", "")) + 1) % ORDERS.length] ?? order };
  if (name === "r") return { order: order.startsWith("-") ? order.slice(1) : `-${order}` };
  if (sequence === "/") return { isTyping: true };
  if (name === "escape") return { filter: "" };
  return ACTIONS[name] ?? {};
}

function typed(filter: string, name: string, sequence: string): Partial<View> {
  if (name === "return") return { isTyping: false };
  if (name === "escape") return { isTyping: false, filter: "" };
  if (name === "backspace") return { filter: filter.replace(/.$/su, "") };
  return /^\P{Cc}+$/u.test(sequence) ? { filter: filter + sequence } : {};
}
