/**
 * The runs of all targets in the history's file, each as it was last seen, and sums over them. There can be a million runs,
 * so words that many of them share are stored once. Throws SQLite's errors.
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

/** Runs that ended from `from` (inclusive) to `to` (exclusive), in milliseconds. */
export interface RunsQuery {
  readonly from: number;
  readonly to: number;
  readonly by: Grouping;
}

export type RunsFound = Pick<Runs, "rows" | "total" | "isCut">;

const MOST_ROWS = 10_000;
const DAY = 86_400_000;

/** IDs and names of the source. Those like 1234 are stored as numbers. */
const IDS = ["runId", "taskId", "workItem"];
/** The columns with a word's ID. A word is at most a day older than its newest run, and is removed with it. */
const WORDS = ["target", "epoch", "agent", "model"];
/** Values that can be unknown. A reading without one keeps the earlier one. Money is in millionths of a dollar. */
const NUMBERS = ["startedAt", "exitCode", "tokensIn", "tokensOut", "costMicros"];
const KNOWN = ["taskId", "workItem", "agent", "model", ...NUMBERS];
const NONE = Object.fromEntries(KNOWN.map((name) => [name, null]));
const COLUMNS = ["at", "target", "runId", "epoch", "isFinished", ...KNOWN];

/** The table is in the order of time, by which runs are found and removed. */
export const RUNS_SCHEMA = `
  CREATE TABLE words (id INTEGER PRIMARY KEY, word TEXT NOT NULL UNIQUE, at INTEGER NOT NULL);
  CREATE TABLE runs (${COLUMNS.map((name) => `${name} ${IDS.includes(name) ? "BLOB" : "INTEGER"}`)},
    PRIMARY KEY (at, target, runId, epoch)) WITHOUT ROWID;
  CREATE INDEX runs_by_id ON runs (runId, target);
`;

const IN_PERIOD = "FROM runs WHERE at >= ? AND at < ?";
const SECONDS = "CAST(round((at - startedAt) / 1000.0) AS INTEGER)";

const SUMS = {
  runs: "count(*)",
  unfinished: "count(*) FILTER (WHERE NOT isFinished)",
  failed: "count(*) FILTER (WHERE exitCode <> 0)",
  duration_seconds: `sum(${SECONDS})`,
  tokens_in: "sum(tokensIn)",
  tokens_out: "sum(tokensOut)",
  cost_usd: "sum(costMicros) / 1e6",
  unpriced_runs: "count(*) FILTER (WHERE costMicros IS NULL)",
};
const TOTALS = Object.entries(SUMS).map(([name, sum]) => `${sum} AS ${name}`);

const text = (column: string) => `CAST(${column} AS TEXT)`;
const word = (id: string) => `(SELECT word FROM words WHERE words.id = ${id})`;
const time = (column: string) => `strftime('%Y-%m-%dT%H:%M:%SZ', ${column} / 1000, 'unixepoch')`;

/** What is grouped by, and what is shown for a group. */
const GROUPS: Readonly<Record<Exclude<Grouping, "run">, readonly [string, string]>> = {
  // A task's name is its work item, which is unknown for runs that finished before the task was read.
  task: ["taskId", text("coalesce(workItem, nullif(key, ''))")],
  agent: ["agent", word("key")],
  model: ["model", word("key")],
  day: ["date(at / 1000, 'unixepoch', 'localtime')", "key"],
};

/** Looks up the words of the returned rows only. */
const selectGroups = (by: keyof typeof GROUPS) => {
  const [key, shown] = GROUPS[by];
  const order = by === "day" ? "key" : "cost_usd DESC NULLS LAST, runs DESC";
  return `
    SELECT ${shown} AS ${by}, ${word("target")} AS orchestrator, ${Object.keys(SUMS)}
    FROM (SELECT target, coalesce(${key}, '') AS key, max(workItem) AS workItem, ${TOTALS} ${IN_PERIOD}
      GROUP BY target, 2 ORDER BY ${order} LIMIT ${MOST_ROWS + 1})
    ORDER BY ${order}, 1, 2`;
};

const NEWEST_RUNS = `
  SELECT ${text("runId")} AS run, ${word("target")} AS orchestrator, ${text("coalesce(workItem, taskId)")} AS task,
    ${word("agent")} AS agent, ${word("model")} AS model,
    CASE WHEN NOT isFinished THEN 'unfinished' WHEN exitCode = 0 THEN 'ok' WHEN exitCode <> 0 THEN 'failed' ELSE 'ended' END
      AS outcome,
    exitCode AS exit_code, ${time("startedAt")} AS started_at, ${time("at")} AS ended_at, ${SECONDS} AS duration_seconds,
    tokensIn AS tokens_in, tokensOut AS tokens_out, costMicros / 1e6 AS cost_usd
  ${IN_PERIOD} ORDER BY at DESC, target DESC, runId DESC, epoch DESC LIMIT ${MOST_ROWS + 1}`;

export function openRunsTable(database: Database.Database) {
  const value = (name: string) => {
    if (WORDS.includes(name)) return `(SELECT id FROM words WHERE word = @${name})`;
    const number = `CAST(@${name} AS INTEGER)`;
    return IDS.includes(name) ? `iif(${text(number)} = @${name}, ${number}, @${name})` : `@${name}`;
  };
  const keepWords = database.prepare(`
    INSERT OR IGNORE INTO words (word, at) VALUES ${WORDS.map((name) => `(@${name}, @at)`)}
    ON CONFLICT (word) DO UPDATE SET at = excluded.at WHERE excluded.at > at + ${DAY}`);
  // A restored copy of a database has another epoch, but the same start times.
  const update = database.prepare(`
    UPDATE OR REPLACE runs SET epoch = ${value("epoch")}, isFinished = @isFinished, at = @at,
      ${KNOWN.map((name) => `${name} = coalesce(${value(name)}, ${name})`)}
    WHERE runId = ${value("runId")} AND target = ${value("target")} AND (epoch = ${value("epoch")} OR startedAt = @startedAt)`);
  const insert = database.prepare(`INSERT INTO runs (${COLUMNS}) VALUES (${COLUMNS.map(value)})`);
  const oldest = database.prepare<[], number | null>("SELECT min(at) FROM runs").pluck();
  const remove = database.prepare("DELETE FROM runs WHERE at < ?");
  const removeWords = database.prepare("DELETE FROM words WHERE at < ?");
  return {
    /** Adds the run, or updates it. */
    put(target: string, { isFinished, costUsd, ...run }: SeenRun) {
      const costMicros = costUsd === undefined ? null : Math.round(costUsd * 1e6);
      const values = { ...NONE, ...run, target, isFinished: Number(isFinished), costMicros };
      keepWords.run(values);
      if (update.run(values).changes === 0) insert.run(values);
    },
    find({ from, to, by }: RunsQuery): RunsFound {
      const select = (sql: string) => database.prepare<[number, number], RunsRow>(sql);
      const total = select(`SELECT ${TOTALS} ${IN_PERIOD}`).get(from, to) ?? {};
      const rows = select(by === "run" ? NEWEST_RUNS : selectGroups(by)).all(from, to);
      return { rows: rows.slice(0, MOST_ROWS), total, isCut: rows.length > MOST_ROWS };
    },
    oldest: (): number | undefined => oldest.get() ?? undefined,
    remove(before: number) {
      remove.run(before);
      removeWords.run(before - DAY);
    },
  };
}
