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

/** By the name of the key, or by what it writes. Where the mark goes from a row, of so many. */
const MOVES: Readonly<Record<string, (from: number, rows: number) => number>> = {
  up: (from) => from - 1,
  k: (from) => from - 1,
  down: (from) => from + 1,
  j: (from) => from + 1,
  pageup: (from) => from - 10,
  pagedown: (from) => from + 10,
  home: () => 0,
  g: () => 0,
  end: (_, rows) => rows,
  G: (_, rows) => rows,
};

const ACTIONS: Readonly<Record<string, Action>> = {
  ...{ q: "quit", m: "silence", o: "page", return: "pane", enter: "pane" },
};

const CHANGES: Readonly<Record<string, (view: View) => Partial<View>>> = {
  s: ({ order }) => {
    const next = ORDERS[(ORDERS.indexOf(order.replace("-", "")) + 1) % ORDERS.length];
    return { order: next ?? order, selected: "" };
  },
  r: ({ order }) => ({ order: order.startsWith("-") ? order.slice(1) : `-${order}`, selected: "" }),
  "/": () => ({ isTyping: true }),
  "?": () => ({ isHelp: true }),
  escape: () => ({ filter: "", selected: "" }),
};

/** `rows`: what is listed. */
export function pressed(view: View, key: Key, rows: readonly Row[]): Partial<View> | Action {
  const { name = "", sequence = "", ctrl } = key;
  if (ctrl) return name === "c" ? "quit" : {};
  if (view.isHelp) return { isHelp: false };
  if (view.isTyping) return typed(view, key);
  const what = sequence.length === 1 && sequence > " " && sequence < "\x7f" ? sequence : name;
  const move = MOVES[what]?.(selectedIndex(view, rows), rows.length - 1);
  if (move !== undefined) return { selected: idOf(rows[Math.max(0, Math.min(move, rows.length - 1))]) };
  return ACTIONS[what] ?? CHANGES[what]?.(view) ?? {};
}

function typed({ filter }: View, { name, sequence = "" }: Key): Partial<View> {
  if (name === "return" || name === "enter") return { isTyping: false };
  if (name === "escape") return { isTyping: false, filter: "", selected: "" };
  if (name === "backspace") return { filter: [...filter].slice(0, -1).join(""), selected: "" };
  if (!/^\P{Cc}+$/u.test(sequence)) return {};
  return { filter: filter + sequence, selected: "" };
}
