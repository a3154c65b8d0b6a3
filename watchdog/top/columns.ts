/** The columns of the table, and how wide each is: what does not fit is cut, and then left out. */
import { printable } from "../../shared/printable.ts";
import type { Target } from "../api.ts";
import { type ListedAgent, withWorkItems } from "../page/views/target/agent-list.ts";
import { formatMoney, formatShort, UNKNOWN } from "../page/words/format.ts";
import { verdictAppearance } from "../page/words/verdicts.ts";
import { fitted, widthOf } from "./cells.ts";

/** An agent, and of which target. */
export interface Row extends ListedAgent {
  readonly target: string;
  /** Until when its times are known. */
  readonly readAt: number;
  readonly isSilenced: boolean;
}

export function rowsOf(targets: readonly Target[]): readonly Row[] {
  return targets.flatMap((target) => {
    const { now, summary, alerts } = target;
    const silenced = new Set(
      alerts.filter(({ silence }) => silence && silence.until > now).map(({ labels }) => labels.run_id),
    );
    return withWorkItems(target).map((agent) => ({
      ...agent,
      target: summary.name,
      readAt: summary.readAt ?? now,
      isSilenced: silenced.has(agent.runId),
    }));
  });
}

interface Column {
  readonly name: string;
  /** The order by it, as the page's address has it. */
  readonly order?: string;
  readonly toRight?: boolean;
  /** To how many cells it may be cut; absent: it is never cut. */
  readonly least?: number;
  readonly cell: (row: Row) => string;
}

const COLUMNS: readonly Column[] = [
  { name: "VERDICT", order: "verdict", cell: ({ verdict }) => verdictAppearance(verdict.name).word },
  { name: "FOR", toRight: true, cell: ({ verdict, readAt }) => age(verdict.since, readAt) },
  { name: "CAUSE", order: "cause", cell: ({ verdict }) => verdict.cause ?? UNKNOWN },
  { name: "ORCHESTRATOR", least: 8, cell: ({ target }) => target },
  { name: "AGENT", order: "agent", least: 6, cell: ({ agent, runId }) => agent || runId },
  { name: "TASK", order: "task", least: 6, cell: ({ workItem, taskId }) => workItem || taskId || UNKNOWN },
  { name: "PROGRAM", least: 6, cell: ({ program }) => program ?? UNKNOWN },
  {
    name: "CPU",
    order: "cpu",
    toRight: true,
    cell: ({ cores }) => (cores === undefined ? UNKNOWN : `${Math.round(cores * 100)}%`),
  },
  { name: "LOG", order: "log", toRight: true, cell: (row) => age(row.logWrittenAt, row.readAt) },
  { name: "TOKENS", order: "tokens", toRight: true, cell: ({ tokens }) => formatShort(tokens) },
  { name: "COST", order: "cost", toRight: true, cell: ({ costUsd }) => formatMoney(costUsd) },
];

const EVIDENCE: Column = { name: "EVIDENCE", cell: ({ verdict }) => verdict.evidence };
const EVIDENCE_LEAST = 20;
const EVIDENCE_MOST = 500;

export const ORDERS = COLUMNS.flatMap(({ order = [] }) => order);

/** The first to be left out on a narrow terminal. */
const LEFT_OUT = ["FOR", "PROGRAM", "ORCHESTRATOR", "TOKENS", "CAUSE", "LOG", "COST", "CPU", "TASK"];

export interface Table {
  readonly heading: string;
  readonly line: (row: Row) => string;
}

/** `width`: of the terminal; Infinity cuts nothing. */
export function tableOf(rows: readonly Row[], width: number): Table {
  const gap = width < 120 ? " " : "  ";
  const isOne = new Set(rows.map(({ target }) => target)).size <= 1;
  let columns = COLUMNS.filter(({ name }) => name !== "ORCHESTRATOR" || !isOne).map((column) => {
    const own = Math.max(column.name.length, ...rows.map((row) => widthOf(printable(column.cell(row)))));
    return { ...column, width: own, least: Math.min(own, column.least ?? own) };
  });
  const total = (widths: readonly number[]) =>
    widths.reduce((sum, each) => sum + each + gap.length, -gap.length);
  for (const name of LEFT_OUT)
    if (total(columns.map(({ least }) => least)) > width)
      columns = columns.filter((one) => one.name !== name);
  const left = () => width - total(columns.map((column) => column.width));
  while (left() < 0) {
    const [widest] = columns
      .filter((column) => column.width > column.least)
      .sort((one, other) => other.width - one.width);
    if (!widest) break;
    widest.width -= 1;
  }
  const shown: readonly (Column & { readonly width: number })[] =
    left() < EVIDENCE_LEAST
      ? columns
      : [...columns, { ...EVIDENCE, width: Math.min(left() - gap.length, EVIDENCE_MOST) }];
  const joined = (cellOf: (column: Column) => string) =>
    shown.map((column) => fitted(cellOf(column), column.width, column.toRight)).join(gap);
  return { heading: joined(({ name }) => name), line: (row) => joined(({ cell }) => cell(row)) };
}

/** "12s", "7m", "3h", "2d". */
function age(since: number | undefined, now: number): string {
  if (since === undefined) return UNKNOWN;
  const seconds = Math.max(0, Math.round((now - since) / 1000));
  const [size, unit] = AGES.find(([, , below]) => seconds < below) ?? [86_400, "d"];
  return `${Math.floor(seconds / size)}${unit}`;
}

const AGES = [
  [1, "s", 60],
  [60, "m", 3_600],
  [3_600, "h", 172_800],
] as const;
