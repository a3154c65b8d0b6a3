/** What `top` draws: lines of exactly the terminal's width, as many as it has rows. Pure. */
import type { styleText } from "node:util";
import { printable } from "../../shared/printable.ts";
import { wrapped } from "../../shared/settings-help.ts";
import { formatMoney } from "../page/words/format.ts";
import { TARGET_STATES } from "../page/words/states.ts";
import { type Tone, troubleOf, verdictAppearance } from "../page/words/verdicts.ts";
import { count, duration } from "../words.ts";
import { fitted } from "./cells.ts";
import { tableOf } from "./columns.ts";
import { KEYS } from "./keys.ts";
import { listed, selectedIndex, type View } from "./view.ts";

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export type Format = Parameters<typeof styleText>[0];
/** Leaves the text as it is where the terminal takes no colours. */
export type Paint = (format: Format, text: string) => string;

const TONES: Readonly<Record<Tone, Format>> = {
  bad: "red",
  watch: "yellow",
  good: "green",
  quiet: "reset",
  unknown: "dim",
};

export function screen(view: View, { columns, rows }: Size, paint: Paint): readonly string[] {
  const all = listed(view);
  const isLow = rows < 8;
  const line = (text: string, format: Format = "reset") => paint(format, fitted(text, columns));
  const head = [line(summary(view), "bold"), ...troubles(view).map((text) => line(text, "red"))];
  const selected = selectedIndex(view, all);
  const row = all[selected];
  const evidence = row ? `${row.verdict.evidence}${row.isSilenced ? " (silenced)" : ""}` : "";
  const [first = "", ...more] = wrapped(printable(evidence), Math.max(2, columns));
  const about = [first, ...(rows < 20 ? [] : [more.join(" ")])].map((text) => line(text));
  const foot = [...(isLow ? [] : about), line(footer(view), "inverse")];
  const table = tableOf(all, columns - MARK.length);
  const top = isLow ? [] : head.slice(0, 4);
  const room = Math.max(1, rows - top.length - 1 - foot.length);
  const start = Math.max(0, Math.min(selected - Math.floor(room / 2), all.length - room));
  const body = view.isHelp
    ? KEYS.map(([keys, meaning]) => line(`  ${keys.padEnd(16)}${meaning}`))
    : all.slice(start, start + room).map((each, index) => {
        const isSelected = start + index === selected;
        const tone = TONES[each.isSilenced ? "unknown" : verdictAppearance(each.verdict.name).tone];
        const text = fitted((isSelected ? MARK : NO_MARK) + table.line(each), columns);
        return paint(isSelected ? "inverse" : tone, text);
      });
  const empty = line("");
  const middle = [
    ...(body.length > 0 ? body : [line(`  ${whyEmpty(view)}`)]),
    ...Array<string>(room).fill(empty),
  ].slice(0, room);
  const heading = line(view.isHelp ? "Keys" : NO_MARK + table.heading, "underline");
  return [...top, heading, ...middle, ...foot].slice(0, rows);
}

function whyEmpty({ answer, filter }: View): string {
  if (!answer) return "asking the watchdog";
  return filter === "" ? "no agent runs" : "no agent matches the filter";
}

const MARK = "> ";
const NO_MARK = "  ";

function summary({ answer }: View): string {
  if (!answer) return "orch-watchdog";
  const { targets, now } = answer;
  const agents = targets.flatMap((target) => target.agents);
  const verdicts: Record<string, number> = {};
  for (const { verdict } of agents) verdicts[verdict.name] = (verdicts[verdict.name] ?? 0) + 1;
  const firing = targets.reduce((sum, target) => sum + target.summary.firing, 0);
  const spent = targets.flatMap((target) => target.spend.todayUsd ?? []);
  const readAt = Math.max(...targets.flatMap(({ summary }) => summary.readAt ?? []));
  return [
    `${count(agents.length, "agent")}: ${agents.length === 0 ? "none runs" : troubleOf(verdicts)}`,
    `${count(firing, "alert")} firing`,
    ...(readAt > 0 ? [`read ${duration((now - readAt) / 1000)} ago`] : []),
    ...(spent.length > 0 ? [`${formatMoney(spent.reduce((sum, usd) => sum + usd))} today`] : []),
  ].join("; ");
}

/** What is not as it should be apart from the agents. */
export function troubles({ answer, failure }: View): readonly string[] {
  const ofTargets = (answer?.targets ?? []).flatMap(({ summary: { name, state, note } }) =>
    state === "up" ? [] : [`${name}: ${TARGET_STATES[state]?.word ?? state}${note ? `, ${note}` : ""}`],
  );
  return [...(failure === "" ? [] : [`trying again: ${failure}`]), ...ofTargets];
}

function footer({ isTyping, isHelp, filter, message, order }: View): string {
  if (isTyping) return `filter: ${filter}_`;
  if (isHelp) return "any key closes this help";
  if (message !== "") return message;
  const sorted = `s sort (${order.replace("-", "reverse ")})`;
  const found = filter === "" ? "/ filter" : `/ filter (${filter})`;
  return `? keys  q quit  ${sorted}  ${found}  m silence  o page  Enter tmux pane`;
}
