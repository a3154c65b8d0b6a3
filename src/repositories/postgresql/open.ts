/** Opens a repository over a PostgreSQL database with a profile. The server may start later, or become unreachable. */
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
import { bug, highestKeys, readPart, sourceEpochs } from "../sql/read-parts.ts";
import { POSTGRESQL, Source } from "../sql/source.ts";
import { runAsync, type Statement, type StatementGenerator } from "../sql/statements.ts";
import { historyReader } from "./background.ts";
import { checkProfile, fitOf } from "./check-profile.ts";
import { type Ask, Connection, turns } from "./connection.ts";
import { explainBy } from "./explain.ts";
import { toFailure } from "./failures.ts";
import { warnings } from "./warnings.ts";

export interface PostgresqlOptions extends RepositoryOptions {
  /** `postgres://role@host/database`, as in libpq. Supply the password through PGPASSFILE or PGPASSWORD. */
  readonly url: string;
}

/**
 * For sections that can only be read in one query, which may take long. They hold no lock that blocks anything but a
 * schema change.
 */
const BACKGROUND_MILLISECONDS = 60_000;

/** A reading's transaction blocks nothing on the server. Only its own request waits for it. */
const REFRESH_MILLISECONDS = 100;

/** A changed database is not checked against the profile again within this time. */
const CHECK_AGAIN_MILLISECONDS = 1_000;

/** Failures that a reading may have after a change of the schema. */
const MAY_BE_CHANGED: readonly FailureCode[] = ["failed_precondition", "data_loss"];

const DATABASE =
  "SELECT oid::bigint AS id, current_database() AS name FROM pg_catalog.pg_database WHERE datname = current_database()";

export function openPostgresqlRepository(options: PostgresqlOptions): TableRepository {
  const { now = Date.now, onUnexpected = () => {}, deadlineSeconds = 2, maxItems = 1000 } = options;
  const profile = options.profile ?? loadProfile("reference", "postgresql");
  const terminalStages = options.terminalStages ?? profile.terminalStages;
  const source = new Source(profile, POSTGRESQL, toFailure);
  const history = new History({ source, refreshMilliseconds: REFRESH_MILLISECONDS });
  const connection = new Connection(options.url, profile.timezone, deadlineSeconds * 1000);
  /** Runs readings and batches of history one after another, since they share the totals and the server's resources. */
  const inTurn = turns();
  const patient = new Connection(options.url, profile.timezone, BACKGROUND_MILLISECONDS);
  const background = historyReader(patient, history, inTurn, now);
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

  async function prepare(ask: Ask): Promise<void> {
    await check(ask);
    source.noteResting({ ...denied, ...rests.active() });
  }

  /** Records sections whose SELECT had to be stopped. */
  function rowsBy(ask: Ask) {
    return async (statement: Statement): Promise<readonly Cells[]> => {
      const { section } = statement;
      try {
        return (await ask(statement)).rows;
      } catch (error) {
        const failure = toFailure(error);
        const isStopped = error instanceof SourceError || failure?.code === "deadline_exceeded";
        // Sections that aggregate the whole history continue in the background, where they may take longer.
        if (section && failure && isStopped && (section === "jobs" || !isAggregateSection(section)))
          rests.recordTimeout(section, deadlineSeconds * 1000, failure);
        throw error;
      }
    };
  }

  async function readAll(parts: readonly PartName[], ask: Ask): Promise<Snapshot> {
    const context: PartContext = { source, history, nowMs: now(), maxItems, terminalStages };
    const run = <T>(asking: StatementGenerator<T>) => runAsync(asking, rowsBy(ask));
    await prepare(ask);
    // It is unknown whether something was committed since, so every reading is another state.
    history.noteChange();
    const [readings, database, highest] = await Promise.all([
      Promise.all(parts.map((name) => run(readPart(name, context, onUnexpected)))),
      ask({ sql: DATABASE, values: [] }),
      run(highestKeys(source)),
    ]);
    for (const reading of readings)
      if (!reading.ok && MAY_BE_CHANGED.includes(reading.failure.code)) needsCheck = true;
    const [{ id, name } = {}] = database.rows;
    return {
      sourceEpoch: epochOf(`${id} ${name}`, highest),
      parts: Object.fromEntries(parts.map((part, index) => [part, readings[index]])) as Snapshot["parts"],
    };
  }

  /** Reads again if a SELECT broke the connection. That section is then paused, and the others can be read. */
  async function readOrAgain(parts: readonly PartName[]): Promise<Snapshot> {
    for (;;) {
      const { revision } = rests;
      try {
        return await connection.transaction((ask) => readAll(parts, ask));
      } catch (error) {
        if (rests.revision === revision) throw error;
      }
    }
  }

  /** Never rejects. */
  async function attempt<T>(work: () => Promise<T>): Promise<Reading<T>> {
    try {
      return ok(await inTurn(work));
    } catch (error) {
      return { ok: false, failure: toFailure(error) ?? bug(error, onUnexpected) };
    }
  }

  return {
    async read(parts) {
      const read = await attempt(() => readOrAgain(parts));
      for (const message of source.leftOut) options.onLeftOut?.(message);
      if (!read.ok) return failedSnapshot(parts, read.failure);
      background.resume();
      return read.value;
    },
    async examine(countsVisits = true) {
      const examine = async (ask: Ask) => {
        await prepare(ask);
        const examinations: SectionExamination[] = [];
        for (const section of source.sections) {
          const asking = examineSection(section, source, now(), explainBy(countsVisits));
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
