/** The table of agents. On a narrow terminal its long texts are cut; on a wide one it has the evidence. */
import { formatMoney, formatShort, UNKNOWN } from "../words/format.ts";
import { duration } from "../words/text.ts";
import { verdictAppearance } from "../words/verdicts.ts";
import { fitted, widthOf } from "./cells.ts";
import type { Row } from "./view.ts";

interface Column {
  readonly name: string;
  readonly isRight?: boolean;
  /** Whether it may be cut. */
  readonly isText?: boolean;
  readonly cell: (row: Row) => string;
}

const COLUMNS: readonly Column[] = [
  { name: "VERDICT", cell: ({ verdict }) => verdictAppearance(verdict.name).word },
  { name: "FOR", isRight: true, cell: ({ verdict, readAt }) => age(verdict.since, readAt) },
  { name: "CAUSE", cell: ({ verdict }) => verdict.cause ?? UNKNOWN },
  { name: "ORCHESTRATOR", isText: true, cell: ({ target }) => target.summary.name },
  { name: "AGENT", isText: true, cell: ({ agent, runId }) => agent || runId },
  { name: "TASK", isText: true, cell: ({ workItem, taskId }) => workItem || taskId || UNKNOWN },
  { name: "PROGRAM", isText: true, cell: ({ program }) => program ?? UNKNOWN },
  {
    name: "CPU",
    isRight: true,
    cell: ({ cores }) => (cores === undefined ? UNKNOWN : `${Math.round(cores * 100)}%`),
  },
  { name: "LOG", isRight: true, cell: ({ logWrittenAt, readAt }) => age(logWrittenAt, readAt) },
  { name: "TOKENS", isRight: true, cell: ({ tokens }) => formatShort(tokens) },
  { name: "COST", isRight: true, cell: ({ costUsd }) => formatMoney(costUsd) },
];

/** Below this width, columns are separated by one space. */
const WIDE = 120;
const LEAST_TEXT = 5;
const LEAST_EVIDENCE = 20;
/** Longer than any evidence. */
const MOST_EVIDENCE = 500;

/** Returns the heading, and a function that formats a row. `width`: in cells; Infinity cuts nothing. */
export function tableOf(rows: readonly Row[], width: number) {
  const gap = width < WIDE ? " " : "  ";
  const hasOneTarget = rows.every(({ target }) => target === rows[0]?.target);
  const columns = COLUMNS.filter(({ name }) => name !== "ORCHESTRATOR" || !hasOneTarget).map((column) => ({
    ...column,
    width: Math.max(column.name.length, ...rows.map((row) => widthOf(column.cell(row)))),
  }));
  const room = () => width - columns.reduce((sum, column) => sum + column.width + gap.length, 0);
  while (room() < -gap.length) {
    const [longest] = columns
      .filter((column) => column.isText && column.width > LEAST_TEXT)
      .sort((one, other) => other.width - one.width);
    if (!longest) break;
    longest.width -= 1;
  }
  const evidence = { name: "EVIDENCE", cell: ({ verdict }: Row) => verdict.evidence };
  if (room() >= LEAST_EVIDENCE) columns.push({ ...evidence, width: Math.min(room(), MOST_EVIDENCE) });
  const joined = (textOf: (column: Column) => string) =>
    columns.map((column) => fitted(textOf(column), column.width, column.isRight)).join(gap);
  return { heading: joined(({ name }) => name), line: (row: Row) => joined(({ cell }) => cell(row)) };
}

/** Returns the largest unit of a duration: "7m" for 7 min 12 s. */
function age(since: number | undefined, now: number): string {
  if (since === undefined) return UNKNOWN;
  return duration((now - since) / 1000).replace(/^(\d+) (\w).*$/, "$1$2");
}
