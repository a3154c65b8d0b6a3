/**
 * One connection, opened when it is needed, given up when it breaks, and tried again after a pause that grows. Each
 * transaction reads one snapshot and can do nothing but read.
 */
import pg from "pg";
import { SourceError, type SourceFailure } from "../source-failure.ts";
import type { Statement } from "../sql/statements.ts";
import { connect } from "./connect.ts";
import { isLost } from "./failures.ts";
import { type Answer, BACK, SAVEPOINT, Statements } from "./statements.ts";
import { parsePostgresqlUrl } from "./url.ts";

const CONNECT_MILLISECONDS = 2_000;
/** A server that says nothing at all; beyond the server's own limits. */
const SILENCE_MILLISECONDS = 3_000;
const FIRST_PAUSE_MILLISECONDS = 250;
const LONGEST_PAUSE_MILLISECONDS = 15_000;

export type Ask = (statement: Statement) => Promise<Answer>;

const STOPPING: SourceFailure = { code: "unavailable", message: "the service is stopping" };

const BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/** `int8` and `numeric`: what a number does not hold exactly is out of every range. */
const WIDE = [20, 1700];

const TYPES: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: string) =>
    WIDE.includes(oid) ? Number : pg.types.getTypeParser(oid, format as "text"),
};

const CLIENT: pg.ClientConfig = {
  application_name: "orch-metrics",
  connectionTimeoutMillis: CONNECT_MILLISECONDS,
  keepAlive: true,
  pipeline: true,
  types: TYPES,
};

interface Open {
  /** For what is not the profile's. */
  readonly say: (text: string) => Promise<unknown>;
  readonly statements: Statements;
  readonly settings: readonly string[];
}

export class Connection {
  readonly #url: string;
  readonly #limits: Limits;
  #open: Open | undefined;
  #lastError: unknown;
  #pauseMs = 0;
  #notBefore = 0;
  #closed = false;

  constructor(url: string, limits: Limits) {
    this.#url = url;
    this.#limits = limits;
  }

  /**
   * Rejects with PostgreSQL's or the network's error, or a SourceError while it pauses. Statements may be asked for at
   * the same time, and one that fails leaves the others.
   */
  async transaction<T>(work: (ask: Ask) => Promise<T>): Promise<T> {
    const open = await this.#opened();
    try {
      await open.say([BEGIN, ...open.settings, SAVEPOINT].join("; "));
      return await work((statement) => open.statements.run(statement));
    } catch (error) {
      if (isLost(error)) this.#drop(open);
      throw error;
    } finally {
      if (this.#open === open) await this.#end(open);
    }
  }

  /**
   * Leaves the session as it was, whatever a profile's SELECT called: ROLLBACK undoes settings, LISTEN and NOTIFY, but not
   * advisory locks, which outlive a transaction. `DISCARD ALL` cannot run in one, and could reach another session through a
   * pool.
   */
  async #end(open: Open): Promise<void> {
    try {
      await open.say([BACK, "SELECT pg_catalog.pg_advisory_unlock_all()", "ROLLBACK"].join("; "));
    } catch {
      // BEGIN itself failed, or what speaks PostgreSQL's protocol has no advisory locks.
      await open.say("ROLLBACK").catch(() => this.#drop(open));
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.release();
  }

  /** Ends the connection until it is needed again. */
  async release(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    await open?.statements.end();
  }

  async #opened(): Promise<Open> {
    if (this.#open) return this.#open;
    if (this.#closed) throw new SourceError(STOPPING);
    if (performance.now() < this.#notBefore) throw this.#lastError;
    let client: pg.Client;
    let settings: readonly string[];
    const silence = this.#limits.statementMilliseconds + SILENCE_MILLISECONDS;
    const say = (text: string) => client.query({ text, query_timeout: silence } as pg.QueryConfig);
    try {
      const { searchPath } = parsePostgresqlUrl(this.#url);
      client = await connect(this.#url, CLIENT);
      settings = await acceptedSettings(say, this.#limits, searchPath).catch((error: unknown) => {
        client.end().catch(() => {});
        throw error;
      });
    } catch (error) {
      this.#pause(error);
      throw error;
    }
    const open: Open = { say, settings, statements: new Statements(client, silence) };
    this.#pauseMs = 0;
    // Closed while it connected.
    if (this.#closed) {
      void open.statements.end();
      throw new SourceError(STOPPING);
    }
    // A connection that breaks while nobody asks; whoever asks next opens another.
    client.on("error", () => this.#drop(open));
    this.#open = open;
    return open;
  }

  #pause(error: unknown): void {
    this.#lastError = error;
    this.#pauseMs = Math.min(
      LONGEST_PAUSE_MILLISECONDS,
      Math.max(FIRST_PAUSE_MILLISECONDS, this.#pauseMs * 2),
    );
    this.#notBefore = performance.now() + this.#pauseMs;
  }

  #drop(open: Open): void {
    if (this.#open === open) this.#open = undefined;
    void open.statements.end();
  }
}

/** Runs one piece of work after the other, in the order in which they came. */
export type InTurn = <T>(work: () => Promise<T>) => Promise<T>;

export function turns(): InTurn {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const turn = last.then(work);
    last = turn.catch(() => {});
    return turn;
  };
}

/** `SET LOCAL`, so that a pool between us and the server does not pass them on to others. */
export interface Limits {
  /** Of a time that names none. */
  readonly timezone: string;
  readonly statementMilliseconds: number;
  readonly lockMilliseconds: number;
}

const UNKNOWN_ZONE: SourceFailure = {
  code: "failed_precondition",
  message: "the server does not know the time zone of the profile's header: take a name of pg_timezone_names",
};

/** SQLSTATE of a setting that the server does not know, or does not support. */
const UNKNOWN_SETTING = ["42704", "0A000", "22023"];

/** The limits that the server knows: what speaks PostgreSQL's protocol need not have all of its settings. */
async function acceptedSettings(
  say: (text: string) => Promise<unknown>,
  limits: Limits,
  searchPath: string | undefined,
): Promise<readonly string[]> {
  const wanted = [
    `SET LOCAL statement_timeout = ${limits.statementMilliseconds}`,
    `SET LOCAL lock_timeout = ${limits.lockMilliseconds}`,
    "SET LOCAL idle_in_transaction_session_timeout = 10000",
    // A SELECT whose service was killed ends with it.
    "SET LOCAL client_connection_check_interval = 1000",
    // Rows that a policy hides would be missing without a word: this makes it an error.
    "SET LOCAL row_security = off",
    // Whatever the database or the role is set to.
    `SET LOCAL timezone = '${limits.timezone}'`,
    // A reading is many small SELECTs: compiling them takes longer than they do.
    "SET LOCAL jit = off",
  ];
  const accepted: string[] = [];
  for (const setting of wanted) {
    try {
      await say(`BEGIN; ${setting}; ROLLBACK`);
      accepted.push(setting);
    } catch (error) {
      await say("ROLLBACK");
      if (!UNKNOWN_SETTING.includes(String((error as { code?: unknown }).code))) throw error;
      if (setting.includes("timezone") && limits.timezone !== "UTC") throw new SourceError(UNKNOWN_ZONE);
    }
  }
  if (searchPath === undefined) return accepted;
  // Other tables are not to be read without a word: where it is refused, so is the connection.
  const setPath = `SELECT pg_catalog.set_config('search_path', ${pg.escapeLiteral(searchPath)}, true)`;
  await say(`BEGIN; ${setPath}; ROLLBACK`);
  return [...accepted, setPath];
}
