/** What each key of `top` does. Pure: what reaches beyond the screen is returned as an action. */
import { ORDERS, type Row } from "./columns.ts";
import { idOf, selectedIndex, type View } from "./view.ts";

/** As the help shows them. */
export const KEYS: readonly (readonly [keys: string, meaning: string])[] = [
  ["↑ ↓, k j", "select the agent before or after"],
  ["PgUp PgDn", "ten agents up or down"],
  ["Home End, g G", "the first or the last agent"],
  ["s", "sort by the next column"],
  ["r", "reverse the order"],
  ["/", "filter by words in any column; Esc shows all again"],
  ["m", "silence the agent's alerts for an hour, or end that"],
  ["o", "open the agent's page in the browser"],
  ["Enter", "go to the agent's tmux pane"],
  ["?", "this help"],
  ["q, Ctrl-C", "quit"],
];

/** As `node:readline` gives it. */
export interface Key {
  readonly name?: string | undefined;
  readonly sequence?: string | undefined;
  readonly ctrl?: boolean | undefined;
}

export type Action = "quit" | "silence" | "page" | "pane";

/** `rows`: what is listed. */
export function pressed(view: View, key: Key, rows: readonly Row[]): Partial<View> | Action {
  const { name = "", sequence = "", ctrl } = key;
  if (ctrl && name === "c") return "quit";
  if (view.isHelp) return { isHelp: false };
  if (view.isTyping) return typed(view, key);
  const to = (index: number) => ({ selected: idOf(rows[Math.max(0, Math.min(index, rows.length - 1))]) });
  const at = selectedIndex(view, rows);
  const by = ORDERS.indexOf(view.order.replace("-", ""));
  switch (name || sequence) {
    case "up":
    case "k":
      return to(at - 1);
    case "down":
    case "j":
      return to(at + 1);
    case "pageup":
      return to(at - 10);
    case "pagedown":
      return to(at + 10);
    case "home":
      return to(0);
    case "end":
      return to(rows.length - 1);
    case "g":
      return to(sequence === "G" ? rows.length - 1 : 0);
    case "s":
      return { order: ORDERS[(by + 1) % ORDERS.length] ?? "verdict", selected: "" };
    case "r":
      return { order: view.order.startsWith("-") ? view.order.slice(1) : `-${view.order}`, selected: "" };
    case "escape":
      return { filter: "", selected: "" };
    case "m":
      return "silence";
    case "o":
      return "page";
    case "return":
    case "enter":
      return "pane";
    case "q":
      return "quit";
  }
  if (sequence === "/") return { isTyping: true };
  return sequence === "?" ? { isHelp: true } : {};
}

function typed({ filter }: View, { name, sequence = "", ctrl }: Key): Partial<View> {
  if (name === "return" || name === "enter") return { isTyping: false };
  if (name === "escape") return { isTyping: false, filter: "", selected: "" };
  if (name === "backspace") return { filter: [...filter].slice(0, -1).join(""), selected: "" };
  if (ctrl || !/^\P{Cc}+$/u.test(sequence)) return {};
  return { filter: filter + sequence, selected: "" };
}
