/** The keys of `top`. Each one changes the view, or requests an action outside the screen. */
import type { Key } from "node:readline";
import { type Row, selectedIndex, type View } from "./view.ts";

export type Action = "quit" | "silence" | "page" | "pane";

/** The orders that `s` goes through, by the names in the page's address. */
const ORDERS = ["verdict", "cause", "agent", "task", "cpu", "log", "tokens", "cost"];
const PAGE = 10;

/** `rows`: the listed agents. */
export function pressed(view: View, key: Key, rows: readonly Row[]): Partial<View> | Action {
  const { name = "", sequence = "" } = key;
  if (key.ctrl) return name === "c" ? "quit" : {};
  if (view.isTyping) return typed(view.filter, name, sequence);
  const from = selectedIndex(view, rows);
  const select = (index: number) => ({
    selected: rows[Math.max(0, Math.min(index, rows.length - 1))]?.id ?? "",
  });
  const { order } = view;
  switch (name || sequence) {
    case "up":
    case "k":
      return select(from - 1);
    case "down":
    case "j":
      return select(from + 1);
    case "pageup":
      return select(from - PAGE);
    case "pagedown":
      return select(from + PAGE);
    case "home":
      return select(0);
    case "end":
      return select(rows.length - 1);
    case "s":
      return { order: ORDERS[(ORDERS.indexOf(order.replace("-", "")) + 1) % ORDERS.length] ?? order };
    case "r":
      return { order: order.startsWith("-") ? order.slice(1) : `-${order}` };
    case "/":
      return { isTyping: true };
    case "escape":
      return { filter: "" };
    case "m":
      return "silence";
    case "o":
      return "page";
    case "return":
      return "pane";
    case "q":
      return "quit";
    default:
      return {};
  }
}

function typed(filter: string, name: string, sequence: string): Partial<View> {
  if (name === "return") return { isTyping: false };
  if (name === "escape") return { isTyping: false, filter: "" };
  if (name === "backspace") return { filter: filter.slice(0, -1) };
  return /^\P{Cc}+$/u.test(sequence) ? { filter: filter + sequence } : {};
}
