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

/** The table is in the order of time, in which runs are added up and removed. */
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
  cost_usd: "sum(costMicros)",
  unpriced_runs: "count(*) FILTER (WHERE costMicros IS NULL)",
};
const SUM_NAMES = Object.keys(SUMS);
const SHOWN = SUM_NAMES.map((name) => (name === "cost_usd" ? "cost_usd / 1e6 AS cost_usd" : name));

const text = (column: string) => `CAST(${column} AS TEXT)`;
const word = (id: string) => `(SELECT word FROM words WHERE words.id = ${id})`;
const time = (column: string) => `strftime('%Y-%m-%dT%H:%M:%SZ', ${column} / 1000, 'unixepoch')`;

/** What is grouped by, and what is shown for a group. */
const GROUPS: Readonly<Record<Grouping, readonly [string, string]>> = {
  // A task's name is its work item, which is unknown for runs that finished before the task was read.
  task: ["taskId", text("coalesce(workItem, nullif(key, ''))")],
  agent: ["agent", word("key")],
  model: ["model", word("key")],
  day: ["date(at / 1000, 'unixepoch', 'localtime')", "key"],
  run: ["NULL", "key"],
};

/** Ten thousand runs are added up in some hundredths of a second. */
const END_OF_SLICE = "SELECT at FROM runs WHERE at > ? ORDER BY at LIMIT 1 OFFSET 10000";

const addSlice = (key: string) => `
  INSERT INTO found.groups
  SELECT target, coalesce(${key}, '') AS key, max(workItem), ${Object.values(SUMS)} ${IN_PERIOD} GROUP BY target, 2
  ON CONFLICT DO UPDATE SET workItem = coalesce(excluded.workItem, workItem),
    ${SUM_NAMES.map((name) => `${name} = coalesce(${name} + excluded.${name}, ${name}, excluded.${name})`)}`;

/** Looks up the words of the returned rows only. */
const selectGroups = (by: Grouping) => {
  const order = by === "day" ? "key" : "cost_usd DESC NULLS LAST, runs DESC";
  return `
    SELECT ${GROUPS[by][1]} AS ${by}, ${word("target")} AS orchestrator, ${SHOWN}
    FROM (SELECT * FROM found.groups ORDER BY ${order} LIMIT ${MOST_ROWS + 1}) ORDER BY ${order}, 1, 2`;
};

/** Without runs, counts are 0 and sums are unknown. */
const TOTAL = `
  SELECT ${SHOWN} FROM (SELECT ${Object.entries(SUMS).map(
    ([name, sum]) => `${sum.startsWith("count") ? "total" : "sum"}(${name}) AS ${name}`,
  )} FROM found.groups)`;

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
  const endOfSlice = database.prepare<[number], number>(END_OF_SLICE).pluck();
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
    /** Lets polls run between slices. Until it is done, neither search again nor put a run: one that moved would count twice. */
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
        const total = database.prepare<[], RunsRow>(TOTAL).get() ?? {};
        await setImmediate();
        const rows =
          by === "run"
            ? database.prepare<[number, number], RunsRow>(NEWEST_RUNS).all(from, to)
            : database.prepare<[], RunsRow>(selectGroups(by)).all();
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
