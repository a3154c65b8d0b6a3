/** Runs prepared statements within what each may take: time, memory and the size of its result. */
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

/** What an object of a row weighs beside its texts and blobs, for each cell. */
const CELL_BYTES = 16;

/** What the SELECT of a section may take. */
export function allowedMilliseconds(section: SectionName | undefined): number {
  return section !== undefined && isAggregateSection(section)
    ? AGGREGATE_MILLISECONDS
    : STATEMENT_MILLISECONDS;
}

export class StatementRunner {
  readonly #guard: ProcessGuard;
  /** By the monotonic clock: when the transaction that holds a lock must be over. */
  #deadline = Number.POSITIVE_INFINITY;

  constructor(guard: ProcessGuard) {
    this.#guard = guard;
  }

  /** Runs `work`, a transaction. One that holds up the writer takes no longer than a single statement may. */
  transaction<T>(holdsLock: boolean, work: () => T): T {
    this.#deadline = holdsLock ? performance.now() + STATEMENT_MILLISECONDS : Number.POSITIVE_INFINITY;
    this.#guard.watch();
    try {
      return work();
    } finally {
      this.#guard.rest();
    }
  }

  /** Gives all rows. Throws SQLite's error, and a SourceError for more than a result may hold. */
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
 * Ends this process when a SELECT takes longer, or the process more memory, than it may. Nothing else can: neither
 * better-sqlite3 nor node:sqlite has `sqlite3_interrupt`, both leave the progress handler out, and SQLite's heap limits do
 * nothing in these builds. SIGKILL is harmless to the database: the system releases the locks (sqlite.org/lockingv3.html).
 *
 * A thread of the process itself watches, since the serving side may be stopped, killed or busy.
 */
export interface ProcessGuard {
  /** Watches from here on; a statement that begins before `rest` counts. */
  watch(): void;
  /** No statement runs: the thread sleeps. */
  rest(): void;
  began(section: SectionName | undefined, allowedMilliseconds: number): void;
  ended(): void;
}

/** How late the end may come. */
const LOOK_MILLISECONDS = 10;

/** While the whole process is stopped (SIGSTOP, a frozen cgroup) its SELECT takes no time: a look counts for no more than this. */
const LONGEST_LOOK_MILLISECONDS = 100;

/** A reading takes 60 MiB; with the serving side this stays below the unit's 256 MiB. */
const MOST_RESIDENT_BYTES = 144 * 1024 * 1024;

/** Where the thread writes the name of the section whose SELECT it ends: a pipe to the serving side. */
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
