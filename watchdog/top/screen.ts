/** Draws the screen of `top`. */
import type { WriteStream } from "node:tty";
import type { styleText } from "node:util";
import { printable } from "../../shared/printable.ts";
import { wrapped } from "../../shared/settings-help.ts";
import { inWords, statusOf } from "../status.ts";
import { TARGET_STATES } from "../words/states.ts";
import { type Tone, verdictAppearance } from "../words/verdicts.ts";
import { fitted } from "./cells.ts";
import { tableOf } from "./table.ts";
import { listed, selectedIndex, type View } from "./view.ts";

export type Size = Readonly<Pick<WriteStream, "columns" | "rows">>;
type Format = Parameters<typeof styleText>[0];
type Paint = (format: Format, text: string) => string;

const TONES: Readonly<Record<Tone, Format>> = {
  bad: "red",
  watch: "yellow",
  good: "green",
  quiet: "reset",
  unknown: "dim",
};

const MARK = "> ";
const NO_MARK = "  ";
const MOST_TROUBLES = 3;

/** Returns as many lines as the terminal has rows, each as wide as the terminal. */
export function screen(view: View, { columns, rows }: Size, paint: Paint): readonly string[] {
  const all = listed(view);
  const selected = selectedIndex(view, all);
  const table = tableOf(all, columns - MARK.length);
  const line = (text: string, format: Format = "reset") => paint(format, fitted(text, columns));
  const top = [
    line(summary(view), "bold"),
    ...troubles(view)
      .slice(0, MOST_TROUBLES)
      .map((text) => line(text, "red")),
    line(NO_MARK + table.heading, "underline"),
  ];
  const row = all[selected];
  const evidence = row ? `${row.verdict.evidence}${row.isSilenced ? " (silenced)" : ""}` : "";
  const [first = "", second = "", ...rest] = wrapped(printable(evidence), Math.max(2, columns));
  const foot = [
    ...["", first, second, rest.join(" ")].map((text) => line(text)),
    line(footer(view), "inverse"),
  ];
  const room = Math.max(1, rows - top.length - foot.length);
  const start = Math.max(0, Math.min(selected - Math.floor(room / 2), all.length - room));
  const body = all.slice(start, start + room).map((each) => {
    const isSelected = each === row;
    const tone = TONES[each.isSilenced ? "unknown" : verdictAppearance(each.verdict.name).tone];
    return line((isSelected ? MARK : NO_MARK) + table.line(each), isSelected ? "inverse" : tone);
  });
  if (body.length === 0) body.push(line(NO_MARK + whyEmpty(view)));
  const empty = Array.from({ length: room - body.length }, () => line(""));
  return [...top, ...body, ...empty, ...foot].slice(0, rows);
}

function whyEmpty({ answer, filter }: View): string {
  if (!answer) return "asking the watchdog";
  return filter === "" ? "no agent runs" : "no agent matches the filter";
}

function summary({ answer }: View): string {
  if (!answer) return "orch-watchdog";
  const open = answer.targets.flatMap(({ alerts }) => alerts);
  return inWords(statusOf(answer.fleet, open));
}

/** Describes a watchdog that does not answer, and orchestrators that are not up. */
export function troubles({ answer, failure }: View): readonly string[] {
  const ofTargets = (answer?.fleet.targets ?? []).flatMap(({ name, state, note }) =>
    state === "up" ? [] : [`${name}: ${TARGET_STATES[state]?.word ?? state}${note ? `, ${note}` : ""}`],
  );
  return [...(failure === "" ? [] : [`trying again: ${failure}`]), ...ofTargets];
}

function footer({ isTyping, filter, message, order }: View): string {
  if (isTyping) return `filter: ${filter}_`;
  if (message !== "") return message;
  if (filter !== "") return `filter: ${filter}  (Esc shows all agents)`;
  return `↑↓  s sort: ${order}  r reverse  / filter  m silence  o page  Enter tmux  q quit`;
}
