/** A repository over a PostgreSQL database, by a profile. The server may come up later, or go away. */
import { loadProfile } from "../../profiles/shipped.ts";
import {
  type Fit,
  failedSnapshot,
  type PartName,
  type RepositoryOptions,
  type SectionExamination,
  type Snapshot,
  type TableRepository,
} from "../repository.ts";
import { type FailureCode, ok, type Reading, SourceError } from "../source-failure.ts";
import { type BackedOff, SectionBackoff } from "../sql/backoff.ts";
import type { Cells } from "../sql/columns.ts";
import { examineSection } from "../sql/examine.ts";
import { History, isAggregateSection } from "../sql/history/history.ts";
import type { PartContext } from "../sql/part-context.ts";
import { withinRanges } from "../sql/ranges.ts";
import { bug, highestKeys, readPart, sourceEpochs } from "../sql/read-parts.ts";
import { POSTGRESQL, Source } from "../sql/source.ts";
import { runAsync, type Statement, type StatementGenerator } from "../sql/statements.ts";
import { HistoryReader } from "./background.ts";
import { checkProfile, fitOf } from "./check-profile.ts";
import { type Ask, Connection, turns } from "./connection.ts";
import { explainBy } from "./explain.ts";
import { toFailure } from "./failures.ts";
import { warnings } from "./warnings.ts";

export interface PostgresqlOptions extends RepositoryOptions {
  /** `postgres://role@host/database`, as libpq takes it; the password rather by PGPASSFILE or PGPASSWORD. */
  readonly url: string;
}

/** Waiting for a lock holds up whoever asks, and nothing else. */
const LOCK_MILLISECONDS = 150;

/** A reading's transaction holds up nobody here; whoever asks waits for it. */
const REFRESH_MILLISECONDS = 100;

/** A database that a failed reading found changed is not held against the profile more often. */
const CHECK_AGAIN_MILLISECONDS = 1_000;

/** What a reading may meet after the schema was changed. */
const MAY_BE_CHANGED: readonly FailureCode[] = ["failed_precondition", "data_loss"];

const DATABASE =
  "SELECT oid::bigint AS id, current_database() AS name FROM pg_catalog.pg_database WHERE datname = current_database()";

export function openPostgresqlRepository(options: PostgresqlOptions): TableRepository {
  const { now = Date.now, onUnexpected = () => {}, deadlineSeconds = 2, maxItems = 1000 } = options;
  const profile = options.profile ?? loadProfile("reference", "postgresql");
  const terminalStages = options.terminalStages ?? profile.terminalStages;
  const source = new Source(profile, POSTGRESQL);
  const history = new History({ source, toFailure, refreshMilliseconds: REFRESH_MILLISECONDS });
  const connection = new Connection(options.url, {
    statementMilliseconds: deadlineSeconds * 1000,
    lockMilliseconds: LOCK_MILLISECONDS,
    timezone: profile.timezone,
  });
  /** Readings and pieces of history come one after the other: they share the sums, and the server's patience. */
  const inTurn = turns();
  const background = new HistoryReader({
    url: options.url,
    timezone: profile.timezone,
    history,
    inTurn,
    now,
  });
  const epochOf = sourceEpochs();
  const rests = new SectionBackoff();
  let checkedAt = Number.NEGATIVE_INFINITY;
  let needsCheck = true;
  let denied: BackedOff = {};

  async function check(ask: Ask): Promise<void> {
    if (!needsCheck || performance.now() < checkedAt + CHECK_AGAIN_MILLISECONDS) return;
    const { problems, isComplete, ...checked } = await checkProfile(source, ask);
    denied = checked.denied;
    source.noteProblems(problems);
    needsCheck = !isComplete;
    checkedAt = performance.now();
  }

  /** Notes whose SELECT had to be stopped. */
  function rowsBy(ask: Ask) {
    return async (statement: Statement): Promise<readonly Cells[]> => {
      const { section } = statement;
      try {
        return withinRanges(section, (await ask(statement)).rows, source);
      } catch (error) {
        const failure = toFailure(error);
        const isStopped = error instanceof SourceError || failure?.code === "deadline_exceeded";
        // What sums up all history goes on in the background, where it may take longer.
        if (section && failure && isStopped && (section === "jobs" || !isAggregateSection(section)))
          rests.recordTimeout(section, deadlineSeconds * 1000, failure);
        throw error;
      }
    };
  }

  function context(nowMs: number): PartContext {
    return { source, history, nowMs, maxItems, terminalStages, toFailure };
  }

  async function readAll(parts: readonly PartName[], ask: Ask, unexpected: string[]): Promise<Snapshot> {
    const nowMs = now();
    const run = <T>(asking: StatementGenerator<T>) => runAsync(asking, rowsBy(ask));
    await check(ask);
    source.noteResting({ ...denied, ...rests.active() });
    // Nothing tells whether something was committed since: every reading is another state.
    history.noteChange();
    const [readings, database, highest] = await Promise.all([
      Promise.all(parts.map((name) => run(readPart(name, context(nowMs), unexpected)))),
      ask({ sql: DATABASE, values: [] }),
      run(highestKeys(context(nowMs))),
    ]);
    for (const reading of readings)
      if (!reading.ok && MAY_BE_CHANGED.includes(reading.failure.code)) needsCheck = true;
    const [{ id, name } = {}] = database.rows;
    return {
      sourceEpoch: epochOf(`${id} ${name}`, highest),
      parts: Object.fromEntries(parts.map((part, index) => [part, readings[index]])) as Snapshot["parts"],
    };
  }

  /** Again where a SELECT took the connection with it: it is left alone then, and the others can be read. */
  async function readOrAgain(parts: readonly PartName[], unexpected: string[]): Promise<Snapshot> {
    for (;;) {
      const { revision } = rests;
      try {
        return await connection.transaction((ask) => readAll(parts, ask, unexpected));
      } catch (error) {
        if (rests.revision === revision) throw error;
      }
    }
  }

  /** Never rejects; `work` notes the stacks of bugs. */
  async function attempt<T>(work: (unexpected: string[]) => Promise<T>): Promise<Reading<T>> {
    const unexpected: string[] = [];
    try {
      return ok(await inTurn(() => work(unexpected)));
    } catch (error) {
      return { ok: false, failure: toFailure(error) ?? bug(error, unexpected) };
    } finally {
      for (const stack of unexpected) onUnexpected(stack);
    }
  }

  return {
    async read(parts) {
      const read = await attempt((unexpected) => readOrAgain(parts, unexpected));
      for (const message of source.leftOut) options.onLeftOut?.(message);
      if (!read.ok) return failedSnapshot(parts, read.failure);
      background.resume();
      return read.value;
    },
    async examine(countsVisits = true) {
      const examine = async (ask: Ask) => {
        await check(ask);
        const examinations: SectionExamination[] = [];
        for (const section of source.sections) {
          const asking = examineSection(section, context(now()), explainBy(countsVisits));
          examinations.push(await runAsync(asking, rowsBy(ask)));
        }
        return examinations;
      };
      return inTurn(() => connection.transaction(examine)).catch(() => []);
    },
    async fits(profiles) {
      const fitting = async (ask: Ask) => {
        const fits: Fit[] = [];
        for (const profile of profiles) fits.push(await fitOf(profile, ask));
        return fits;
      };
      return attempt(() => connection.transaction(fitting));
    },
    async warnings() {
      return inTurn(() => connection.transaction(warnings)).catch(() => []);
    },
    async select(statement) {
      return attempt(() => connection.transaction(async (ask) => (await ask(statement)).rows));
    },
    async close() {
      await background.close();
      await connection.close();
    },
  };
}
