/**
 * The runs of all targets in the history's file, each as it was seen last. A million of them must stay small, so that they
 * are columns, and no JSON as the rest is. Throws SQLite's errors.
 */
import { hash } from "node:crypto";
import type Database from "better-sqlite3";
import type { PastRun, Runs } from "../api.ts";

/** A run as one reading shows it. */
export interface SeenRun extends Omit<PastRun, "id" | "target"> {
  /** Of the source's epoch: in another database the same identifier is another run. */
  readonly epoch: number;
}

/** Runs before a place, which is a time, or one of the runs at that time; newest first. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  /** The identifier of a run at `to`, from which on they are left out; 0: none at that time is in it. */
  readonly before: number;
}

export type RunsPage = Pick<Runs, "runs" | "next">;

/** A reading of so many keeps the watchdog from its polls for some milliseconds. */
const MOST_RUNS = 2_000;

const STATES: readonly PastRun["state"][] = ["running", "finished", "gone"];

/** What may be unknown, and stays as it was known before. Whole numbers take less room: money is in millionths of a dollar. */
const KNOWN = {
  taskId: "TEXT",
  workItem: "TEXT",
  agent: "TEXT",
  model: "TEXT",
  startedAt: "INTEGER",
  exitCode: "INTEGER",
  costMicros: "REAL",
  inputTokens: "REAL",
  outputTokens: "REAL",
  cacheReadTokens: "REAL",
  cacheCreationTokens: "REAL",
} as const;
const NAMES = Object.keys(KNOWN);
const NONE = Object.fromEntries(NAMES.map((name) => [name, null]));

/** Added to a file of an earlier build, which goes on to read the rest. */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS run_targets (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE IF NOT EXISTS runs (target INTEGER NOT NULL, epoch INTEGER NOT NULL, runId TEXT NOT NULL,
    state INTEGER NOT NULL, at INTEGER NOT NULL, ${Object.entries(KNOWN).map((column) => column.join(" "))}) STRICT;
  CREATE INDEX IF NOT EXISTS runs_by_id ON runs (runId);
  CREATE INDEX IF NOT EXISTS runs_in_order ON runs (at);
  CREATE INDEX IF NOT EXISTS runs_running ON runs (target) WHERE state = 0;
`;

const TARGET = "(SELECT id FROM run_targets WHERE name = @target)";
const SELECT = `SELECT runs.rowid AS id, name AS target, runId, state, at, ${NAMES}
  FROM runs JOIN run_targets ON run_targets.id = runs.target`;

type Row = Record<string, unknown> & { readonly state: number; readonly costMicros: number | null };

/** A number that tells one source from another. */
export const epochOf = (source: string): number => Number.parseInt(hash("sha256", source).slice(0, 6), 16);

export function openRunsTable(database: Database.Database) {
  database.exec(SCHEMA);
  const addTarget = database.prepare("INSERT OR IGNORE INTO run_targets (name) VALUES (?)");
  const update = database.prepare(`UPDATE runs SET epoch = @epoch, state = @state, at = @at,
    ${NAMES.map((name) => `${name} = coalesce(@${name}, ${name})`)}
    WHERE runId = @runId AND target = ${TARGET} AND (epoch = @epoch OR startedAt = @startedAt)`);
  const insert = database.prepare(`INSERT INTO runs (target, epoch, runId, state, at, ${NAMES})
    VALUES (${TARGET}, @epoch, @runId, @state, @at, ${NAMES.map((name) => `@${name}`)})`);
  const page = database.prepare<
    [Stretch],
    Row
  >(`${SELECT} WHERE at >= @from AND (at, runs.rowid) < (@to, @before)
    ORDER BY at DESC, runs.rowid DESC LIMIT ${MOST_RUNS}`);
  const running = database.prepare<[{ target: string }], Row>(
    `SELECT epoch, runId, state, at, ${NAMES} FROM runs WHERE state = 0 AND target = ${TARGET}`,
  );
  const oldest = database.prepare<[], number | null>("SELECT min(at) FROM runs").pluck();
  const remove = database.prepare("DELETE FROM runs WHERE at < ?");
  return {
    /** Updates the run that is the same one, or adds it. */
    put(target: string, run: SeenRun) {
      const costMicros = run.costUsd === undefined ? null : Math.round(run.costUsd * 1e6);
      const values = { ...NONE, ...run, target, state: STATES.indexOf(run.state), costMicros };
      addTarget.run(target);
      if (update.run(values).changes === 0) insert.run(values);
    },
    page(of: Stretch): RunsPage {
      const runs = page.all(of).map((row) => fromRow<PastRun>(row));
      const last = runs.at(-1);
      return runs.length < MOST_RUNS || !last ? { runs } : { runs, next: { to: last.at, before: last.id } };
    },
    /** Those of a target that had not ended when they were seen last. */
    running: (target: string): readonly SeenRun[] =>
      running.all({ target }).map((row) => fromRow<SeenRun>(row)),
    oldest: (): number | undefined => oldest.get() ?? undefined,
    remove: (before: number) => void remove.run(before),
  };
}

function fromRow<T>({ costMicros, ...row }: Row): T {
  const costUsd = costMicros === null ? null : costMicros / 1e6;
  const all = Object.entries({ ...row, state: STATES[row.state], costUsd });
  return Object.fromEntries(all.filter(([, value]) => value !== null)) as T;
}
