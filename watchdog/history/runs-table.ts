/**
 * The runs of all targets in the history's file, each as it was last seen, and sums over them. There can be a million runs:
 * words that many of them share are stored once, and sums do not stop the polls. Throws SQLite's errors.
 */
import { setImmediate } from "node:timers/promises";
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
/** The runs that are added up at once, in some hundredths of a second. */
const SLICE = 10_000;
const DAY = 86_400_000;

/** Values that can be unknown. A reading without one keeps the earlier one. Money is in millionths of a dollar. */
const TYPES = {
  startedAt: "INTEGER",
  taskId: "TEXT",
  workItem: "TEXT",
  agent: "INTEGER",
  model: "INTEGER",
  exitCode: "INTEGER",
  tokensIn: "INTEGER",
  tokensOut: "INTEGER",
  costMicros: "INTEGER",
};
const KNOWN = Object.keys(TYPES);
const NONE = Object.fromEntries(KNOWN.map((name) => [name, null]));

/** The columns that have a word's ID. No run is more than a day newer than its words. */
const WORDS = ["target", "epoch", "agent", "model"];

/** The table is in the order of time, in which runs are added up and removed. */
export const RUNS_SCHEMA = `
  CREATE TABLE words (id INTEGER PRIMARY KEY, word TEXT NOT NULL UNIQUE, at INTEGER NOT NULL);
  CREATE TABLE runs (at INTEGER, target INTEGER, runId TEXT, epoch INTEGER, isFinished INTEGER,
    ${Object.entries(TYPES).map((column) => column.join(" "))},
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
  cost_usd: "sum(costMicros)",
  unpriced_runs: "count(*) FILTER (WHERE costMicros IS NULL)",
};
const SUM_NAMES = Object.keys(SUMS);
const SHOWN = SUM_NAMES.map((name) => (name === "cost_usd" ? "cost_usd / 1e6 AS cost_usd" : name));

const word = (id: string) => `(SELECT word FROM words WHERE words.id = ${id})`;
const time = (column: string) => `strftime('%Y-%m-%dT%H:%M:%SZ', ${column} / 1000, 'unixepoch')`;

/** The column of a group, and what is shown for it. */
const GROUPS: Readonly<Record<Grouping, readonly [string, string]>> = {
  // A task's name is its work item, which is unknown for runs that finished before the task was read.
  task: ["taskId", "coalesce(workItem, nullif(key, ''))"],
  agent: ["agent", word("key")],
  model: ["model", word("key")],
  day: ["date(at / 1000, 'unixepoch', 'localtime')", "key"],
  run: ["NULL", "key"],
};

const addSlice = (key: string) => `
  INSERT INTO found.groups
  SELECT target, coalesce(${key}, '') AS key, max(workItem), ${Object.values(SUMS)} ${IN_PERIOD} GROUP BY target, 2
  ON CONFLICT DO UPDATE SET workItem = coalesce(excluded.workItem, workItem),
    ${SUM_NAMES.map((name) => `${name} = coalesce(${name} + excluded.${name}, ${name}, excluded.${name})`)}`;

const selectGroups = (by: Grouping) => `
  SELECT ${GROUPS[by][1]} AS ${by}, ${word("target")} AS orchestrator, ${SHOWN} FROM found.groups
  ORDER BY ${by === "day" ? "" : "cost_usd DESC NULLS LAST, runs DESC,"} 1, 2 LIMIT ${MOST_ROWS + 1}`;

/** Without runs, counts are 0 and sums are unknown. */
const TOTAL = `
  SELECT ${SHOWN} FROM (SELECT ${Object.entries(SUMS).map(
    ([name, sum]) => `${sum.startsWith("count") ? "total" : "sum"}(${name}) AS ${name}`,
  )} FROM found.groups)`;

const NEWEST_RUNS = `
  SELECT runId AS run, ${word("target")} AS orchestrator, coalesce(workItem, taskId) AS task, ${word("agent")} AS agent,
    ${word("model")} AS model,
    CASE WHEN NOT isFinished THEN 'unfinished' WHEN exitCode = 0 THEN 'ok' WHEN exitCode <> 0 THEN 'failed' ELSE 'ended' END
      AS outcome,
    exitCode AS exit_code, ${time("startedAt")} AS started_at, ${time("at")} AS ended_at, ${SECONDS} AS duration_seconds,
    tokensIn AS tokens_in, tokensOut AS tokens_out, costMicros / 1e6 AS cost_usd
  ${IN_PERIOD} ORDER BY at DESC, target DESC, runId DESC, epoch DESC LIMIT ${MOST_ROWS + 1}`;

export function openRunsTable(database: Database.Database) {
  const value = (name: string) =>
    WORDS.includes(name) ? `(SELECT id FROM words WHERE word = @${name})` : `@${name}`;
  const keepWords = database.prepare(`
    INSERT OR IGNORE INTO words (word, at) VALUES ${WORDS.map((name) => `(@${name}, @at)`)}
    ON CONFLICT (word) DO UPDATE SET at = excluded.at WHERE excluded.at > at + ${DAY}`);
  // A restored copy of a database has another epoch, but the same start times.
  const update = database.prepare(`
    UPDATE OR REPLACE runs SET epoch = ${value("epoch")}, isFinished = @isFinished, at = @at,
      ${KNOWN.map((name) => `${name} = coalesce(${value(name)}, ${name})`)}
    WHERE runId = @runId AND target = ${value("target")} AND (epoch = ${value("epoch")} OR startedAt = @startedAt)`);
  const columns = ["at", "target", "runId", "epoch", "isFinished", ...KNOWN];
  const insert = database.prepare(`INSERT INTO runs (${columns}) VALUES (${columns.map(value)})`);
  const endOfSlice = database
    .prepare<[number], number>(`SELECT at FROM runs WHERE at > ? ORDER BY at LIMIT 1 OFFSET ${SLICE}`)
    .pluck();
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
    /** Yields between slices. Until it returns, it must be the only one, and a run that is put could count twice. */
    async find({ from, to, by }: RunsQuery): Promise<RunsFound> {
      database.exec(`ATTACH ':memory:' AS found;
        CREATE TABLE found.groups (target, key, workItem, ${SUM_NAMES}, PRIMARY KEY (target, key)) WITHOUT ROWID`);
      try {
        const add = database.prepare<[number, number]>(addSlice(GROUPS[by][0]));
        for (let start = from, end = to; start < to; start = end) {
          end = Math.min(to, endOfSlice.get(start) ?? to);
          add.run(start, end);
          await setImmediate();
        }
        const rows =
          by === "run"
            ? database.prepare<[number, number], RunsRow>(NEWEST_RUNS).all(from, to)
            : database.prepare<[], RunsRow>(selectGroups(by)).all();
        const total = database.prepare<[], RunsRow>(TOTAL).get() ?? {};
        return { rows: rows.slice(0, MOST_ROWS), total, isCut: rows.length > MOST_ROWS };
      } finally {
        database.exec("DETACH found");
      }
    },
    oldest: (): number | undefined => oldest.get() ?? undefined,
    remove(before: number) {
      remove.run(before);
      removeWords.run(before - DAY);
    },
  };
}
