/**
 * The runs of all targets in the history's file, each as it was last seen, and sums over them. Runs are columns instead of
 * JSON, since there can be a million. Throws SQLite's errors.
 */
import type Database from "better-sqlite3";
import type { Runs, RunsRow } from "../api.ts";
import type { Grouping } from "../report/columns.ts";

/** A run as one reading shows it. Absent values are unknown. */
export interface SeenRun {
  readonly runId: string;
  /** Identifies the source's database: the same run ID in another one is another run. */
  readonly epoch: string;
  readonly isFinished: boolean;
  /** When it finished or was last seen, in milliseconds. */
  readonly at: number;
  readonly startedAt?: number;
  readonly taskId?: string;
  readonly workItem?: string;
  readonly agent?: string;
  readonly model?: string;
  readonly exitCode?: number;
  readonly tokensIn?: number;
  readonly tokensOut?: number;
  readonly costUsd?: number;
}

export interface RunsQuery {
  /** Inclusive. */
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  readonly by: Grouping;
}

export type RunsFound = Pick<Runs, "rows" | "total" | "isCut">;

const MOST_ROWS = 10_000;

/** Values that can be unknown. A reading without one keeps the earlier one. Money is in millionths of a dollar. */
const TYPES = {
  startedAt: "INTEGER",
  taskId: "TEXT",
  workItem: "TEXT",
  agent: "TEXT",
  model: "TEXT",
  exitCode: "INTEGER",
  tokensIn: "INTEGER",
  tokensOut: "INTEGER",
  costMicros: "INTEGER",
};
const KNOWN = Object.keys(TYPES);
const NONE = Object.fromEntries(KNOWN.map((name) => [name, null]));

/** Also added to a file that an earlier build wrote. */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS runs (target TEXT, epoch TEXT, runId TEXT, isFinished INTEGER, at INTEGER,
    ${Object.entries(TYPES).map((column) => column.join(" "))});
  CREATE INDEX IF NOT EXISTS runs_by_id ON runs (runId);
  CREATE INDEX IF NOT EXISTS runs_in_order ON runs (at);
`;

const IN_PERIOD = "FROM runs WHERE at >= @from AND at < @to";

const SECONDS = "CAST(round((at - startedAt) / 1000.0) AS INTEGER)";

const SUMS = `
  count(*) AS runs,
  count(*) FILTER (WHERE NOT isFinished) AS unfinished,
  count(*) FILTER (WHERE exitCode <> 0) AS failed,
  sum(${SECONDS}) AS duration_seconds,
  sum(tokensIn) AS tokens_in,
  sum(tokensOut) AS tokens_out,
  sum(costMicros) / 1e6 AS cost_usd,
  count(*) FILTER (WHERE costMicros IS NULL) AS unpriced_runs`;

/** A task's name is its work item, which is unknown for runs that finished before the task was read. */
const TASK = "coalesce(max(workItem), taskId)";
const DAY = "date(at / 1000, 'unixepoch', 'localtime')";
const COSTLIEST_FIRST = "sum(costMicros) DESC NULLS LAST, count(*) DESC";

const groups = (name: string, column: string, key: string, order: string) => `
  SELECT ${column} AS ${name}, target AS orchestrator, ${SUMS} ${IN_PERIOD}
  GROUP BY target, ${key} ORDER BY ${order}, 1, 2 LIMIT ${MOST_ROWS + 1}`;

const time = (column: string) => `strftime('%Y-%m-%dT%H:%M:%SZ', ${column} / 1000, 'unixepoch')`;

const SELECTS: Readonly<Record<Grouping, string>> = {
  task: groups("task", TASK, "taskId", COSTLIEST_FIRST),
  agent: groups("agent", "agent", "agent", COSTLIEST_FIRST),
  model: groups("model", "model", "model", COSTLIEST_FIRST),
  day: groups("day", DAY, DAY, "1"),
  run: `
    SELECT runId AS run, target AS orchestrator, coalesce(workItem, taskId) AS task, agent, model,
      CASE WHEN NOT isFinished THEN 'unfinished' WHEN exitCode = 0 THEN 'ok' WHEN exitCode <> 0 THEN 'failed' ELSE 'ended' END
        AS outcome,
      exitCode AS exit_code, ${time("startedAt")} AS started_at, ${time("at")} AS ended_at, ${SECONDS} AS duration_seconds,
      tokensIn AS tokens_in, tokensOut AS tokens_out, costMicros / 1e6 AS cost_usd
    ${IN_PERIOD} ORDER BY at DESC, rowid DESC LIMIT ${MOST_ROWS + 1}`,
};

export function openRunsTable(database: Database.Database) {
  database.exec(SCHEMA);
  // A restored copy of a database has another epoch, but the same start times.
  const update = database.prepare(`
    UPDATE runs SET epoch = @epoch, isFinished = @isFinished, at = @at,
      ${KNOWN.map((name) => `${name} = coalesce(@${name}, ${name})`)}
    WHERE runId = @runId AND target = @target AND (epoch = @epoch OR startedAt = @startedAt)`);
  const insert = database.prepare(`
    INSERT INTO runs (target, epoch, runId, isFinished, at, ${KNOWN})
    VALUES (@target, @epoch, @runId, @isFinished, @at, ${KNOWN.map((name) => `@${name}`)})`);
  const total = database.prepare<[RunsQuery], RunsRow>(`SELECT ${SUMS} ${IN_PERIOD}`);
  const oldest = database.prepare<[], number | null>("SELECT min(at) FROM runs").pluck();
  const remove = database.prepare("DELETE FROM runs WHERE at < ?");
  return {
    /** Adds the run, or updates it. */
    put(target: string, { isFinished, costUsd, ...run }: SeenRun) {
      const costMicros = costUsd === undefined ? null : Math.round(costUsd * 1e6);
      const values = { ...NONE, ...run, target, isFinished: Number(isFinished), costMicros };
      if (update.run(values).changes === 0) insert.run(values);
    },
    find(query: RunsQuery): RunsFound {
      const rows = database.prepare<[RunsQuery], RunsRow>(SELECTS[query.by]).all(query);
      return {
        rows: rows.slice(0, MOST_ROWS),
        total: total.get(query) ?? {},
        isCut: rows.length > MOST_ROWS,
      };
    },
    oldest: (): number | undefined => oldest.get() ?? undefined,
    remove: (before: number) => void remove.run(before),
  };
}
