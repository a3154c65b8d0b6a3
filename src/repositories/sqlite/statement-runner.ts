/** Runs prepared statements within their limits of time, memory and result size. */
import { Worker } from "node:worker_threads";
import { permissionFlags } from "../../permission-flags.ts";
import type { SectionName } from "../../profiles/contract.ts";
import { SourceError } from "../source-failure.ts";
import type { Cells } from "../sql/columns.ts";
import { isAggregateSection } from "../sql/history/history.ts";
import { LARGEST_RESULT_BYTES, TOO_LARGE } from "../sql/result-size.ts";
import type { Statement } from "../sql/statements.ts";

/** A prepared statement of either library. */
export interface Prepared {
  iterate(...values: Statement["values"]): Iterable<unknown>;
}

const STATEMENT_MILLISECONDS = 1_000;
const AGGREGATE_MILLISECONDS = 10_000;

/** The memory that an object of a row takes for each cell, besides texts and blobs. */
const CELL_BYTES = 16;

/** Returns the time limit for the SELECT of a section. */
export function allowedMilliseconds(section: SectionName | undefined): number {
  return section !== undefined && isAggregateSection(section)
    ? AGGREGATE_MILLISECONDS
    : STATEMENT_MILLISECONDS;
}

export class StatementRunner {
  readonly #guard: ProcessGuard;
  /** When a transaction that holds a lock must end, in milliseconds of the monotonic clock. */
  #deadline = Number.POSITIVE_INFINITY;

  constructor(guard: ProcessGuard) {
    this.#guard = guard;
  }

  /** Runs `work` as a transaction. One that blocks the writer has the time limit of a single statement. */
  transaction<T>(holdsLock: boolean, work: () => T): T {
    this.#deadline = holdsLock ? performance.now() + STATEMENT_MILLISECONDS : Number.POSITIVE_INFINITY;
    this.#guard.watch();
    try {
      return work();
    } finally {
      this.#guard.rest();
    }
  }

  /** Returns all rows. Throws SQLite's error, or SourceError if the result is too large. */
  run(prepared: Prepared, { section, values }: Statement): readonly Cells[] {
    const left = this.#deadline - performance.now();
    this.#guard.began(section, Math.min(allowedMilliseconds(section), left));
    try {
      return bounded(prepared.iterate(...values) as Iterable<Record<string, unknown>>);
    } finally {
      this.#guard.ended();
    }
  }
}

function bounded(rows: Iterable<Record<string, unknown>>): readonly Cells[] {
  const kept: Cells[] = [];
  let bytes = 0;
  for (const row of rows) {
    for (const name in row) {
      if (typeof row[name] === "bigint") row[name] = Number(row[name]);
      bytes += CELL_BYTES + sizeOf(row[name]);
    }
    if (bytes > LARGEST_RESULT_BYTES) throw new SourceError(TOO_LARGE);
    kept.push(row);
  }
  return kept;
}

function sizeOf(cell: unknown): number {
  return typeof cell === "string" || cell instanceof Uint8Array ? cell.length : 0;
}

/**
 * Kills this process if a SELECT exceeds its time, or the process its memory. Nothing else can stop them: neither
 * better-sqlite3 nor node:sqlite offers `sqlite3_interrupt`, both omit the progress handler, and SQLite's heap limits
 * have no effect in these builds. SIGKILL does not harm the database, since the system releases the locks
 * (sqlite.org/lockingv3.html).
 *
 * A thread of the process itself watches, since the serving process may be stopped, killed or busy.
 */
export interface ProcessGuard {
  /** Starts watching. Statements count until `rest`. */
  watch(): void;
  /** Lets the thread sleep while no statement runs. */
  rest(): void;
  began(section: SectionName | undefined, allowedMilliseconds: number): void;
  ended(): void;
}

/** How late the process may be killed. */
const LOOK_MILLISECONDS = 10;

/**
 * While the whole process is stopped (SIGSTOP, a frozen cgroup), its SELECT does not run. An interval counts for no
 * more than this.
 */
const LONGEST_LOOK_MILLISECONDS = 100;

/** A reading takes 60 MiB. Together with the serving process this stays below the unit's 256 MiB. */
const MOST_RESIDENT_BYTES = 144 * 1024 * 1024;

/** A pipe to the serving process, to which the thread writes the name of the section whose SELECT it ends. */
const VERDICT_DESCRIPTOR = 4;

const [ACTIVE, STATEMENT, ALLOWED, SECTION, NEVER] = [0, 1, 2, 3, 4];

const WATCH = `
  const { workerData: { shared, sections } } = require("node:worker_threads");
  const { writeSync } = require("node:fs");
  let [statement, spent, last] = [-1, 0, 0];
  for (;;) {
    Atomics.wait(shared, ${ACTIVE}, 0);
    // Most readings are over by then.
    Atomics.wait(shared, ${NEVER}, 0, ${LOOK_MILLISECONDS});
    if (Atomics.load(shared, ${ACTIVE}) === 0) continue;
    const now = performance.now();
    const current = Atomics.load(shared, ${STATEMENT});
    const allowed = Atomics.load(shared, ${ALLOWED});
    spent = current === statement ? spent + Math.min(now - last, ${LONGEST_LOOK_MILLISECONDS}) : 0;
    [statement, last] = [current, now];
    const overran = allowed > 0 && spent > allowed;
    if (overran || process.memoryUsage.rss() > ${MOST_RESIDENT_BYTES}) {
      try {
        writeSync(${VERDICT_DESCRIPTOR}, sections[Atomics.load(shared, ${SECTION})] ?? "");
      } catch {}
      process.kill(process.pid, "SIGKILL");
    }
  }`;

export function startProcessGuard(sections: readonly SectionName[]): ProcessGuard {
  const shared = new Int32Array(new SharedArrayBuffer(20));
  const thread = new Worker(WATCH, {
    eval: true,
    workerData: { shared, sections },
    execArgv: permissionFlags(),
    resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1 },
  });
  thread.unref();
  return {
    watch() {
      Atomics.store(shared, ACTIVE, 1);
      Atomics.notify(shared, ACTIVE);
    },
    rest() {
      Atomics.store(shared, ACTIVE, 0);
    },
    began(section, allowedMilliseconds) {
      Atomics.store(shared, SECTION, section === undefined ? -1 : sections.indexOf(section));
      Atomics.add(shared, STATEMENT, 1);
      Atomics.store(shared, ALLOWED, Math.max(1, Math.round(allowedMilliseconds)));
    },
    ended() {
      Atomics.store(shared, ALLOWED, 0);
    },
  };
}
