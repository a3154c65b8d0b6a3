/**
 * One connection, opened when needed, dropped when it breaks, and retried after an increasing pause. Each transaction
 * reads one snapshot and is read-only.
 */
import pg from "pg";
import { SourceError, type SourceFailure } from "../source-failure.ts";
import type { Statement } from "../sql/statements.ts";
import { connect } from "./connect.ts";
import { isLost } from "./failures.ts";
import { type Answer, BACK, SAVEPOINT, Statements } from "./statements.ts";
import { parsePostgresqlUrl } from "./url.ts";

const CONNECT_MILLISECONDS = 2_000;
/** A SELECT may wait for a lock. It delays only its own request. */
const LOCK_MILLISECONDS = 150;
/** For a server that does not respond at all, in addition to the server's own limits. */
const SILENCE_MILLISECONDS = 3_000;
const FIRST_PAUSE_MILLISECONDS = 250;
const LONGEST_PAUSE_MILLISECONDS = 15_000;

export type Ask = (statement: Statement) => Promise<Answer>;

const STOPPING: SourceFailure = { code: "unavailable", message: "the service is stopping" };

const BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/** `int8` and `numeric`. Values that a number cannot hold exactly are out of every range. */
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

const UNKNOWN_ZONE: SourceFailure = {
  code: "failed_precondition",
  message:
    "the server does not know the time zone of the profile's header: use a name from pg_timezone_names",
};

/** SQLSTATEs of a setting that the server does not know or support. */
const UNKNOWN_SETTING = ["42704", "0A000", "22023"];

interface Open {
  /** Runs statements that do not come from the profile. */
  readonly say: (text: string) => Promise<unknown>;
  readonly statements: Statements;
  readonly settings: readonly string[];
}

export class Connection {
  readonly #url: string;
  readonly #timezone: string;
  readonly #statementMilliseconds: number;
  #open: Open | undefined;
  #lastError: unknown;
  #pauseMs = 0;
  #notBefore = 0;
  #closed = false;

  /** `timezone` is the zone of times without one. */
  constructor(url: string, timezone: string, statementMilliseconds: number) {
    this.#url = url;
    this.#timezone = timezone;
    this.#statementMilliseconds = statementMilliseconds;
  }

  /**
   * Rejects with PostgreSQL's or the network's error, or SourceError during a pause. Statements may run at the same
   * time, and one that fails does not affect the others.
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
   * Restores the session, whatever a profile's SELECT called. ROLLBACK reverts settings, LISTEN and NOTIFY, but not
   * advisory locks, which outlive a transaction. `DISCARD ALL` cannot run in a transaction, and could reach another
   * session through a pool.
   */
  async #end(open: Open): Promise<void> {
    try {
      await open.say([BACK, "SELECT pg_catalog.pg_advisory_unlock_all()", "ROLLBACK"].join("; "));
    } catch {
      // BEGIN itself failed, or the server is not PostgreSQL and has no advisory locks.
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
    const silence = this.#statementMilliseconds + SILENCE_MILLISECONDS;
    const say = (text: string) => client.query({ text, query_timeout: silence } as pg.QueryConfig);
    try {
      client = await connect(this.#url, CLIENT);
      settings = await this.#acceptedSettings(say).catch((error: unknown) => {
        client.end().catch(() => {});
        throw error;
      });
    } catch (error) {
      this.#pause(error);
      throw error;
    }
    const open: Open = { say, settings, statements: new Statements(client, silence) };
    this.#pauseMs = 0;
    // The repository was closed while it connected.
    if (this.#closed) {
      void open.statements.end();
      throw new SourceError(STOPPING);
    }
    // The connection broke between requests. The next request opens another.
    client.on("error", () => this.#drop(open));
    this.#open = open;
    return open;
  }

  /**
   * Returns the settings that the server accepts, since other servers with PostgreSQL's protocol may lack some. `SET
   * LOCAL` keeps a pool in between from passing them on to other sessions.
   */
  async #acceptedSettings(say: Open["say"]): Promise<readonly string[]> {
    const wanted = [
      `SET LOCAL statement_timeout = ${this.#statementMilliseconds}`,
      `SET LOCAL lock_timeout = ${LOCK_MILLISECONDS}`,
      "SET LOCAL idle_in_transaction_session_timeout = 10000",
      // Ends a SELECT whose service was killed.
      "SET LOCAL client_connection_check_interval = 1000",
      // Otherwise rows that a policy hides would be missing silently. This makes it an error.
      "SET LOCAL row_security = off",
      // Overrides the setting of the database and the role.
      `SET LOCAL timezone = '${this.#timezone}'`,
      // A reading consists of many small SELECTs, which take less time than compiling them.
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
        if (setting.includes("timezone") && this.#timezone !== "UTC") throw new SourceError(UNKNOWN_ZONE);
      }
    }
    const { searchPath } = parsePostgresqlUrl(this.#url);
    if (searchPath === undefined) return accepted;
    // If the setting is refused, so is the connection. Otherwise other tables would be read silently.
    const setPath = `SELECT pg_catalog.set_config('search_path', ${pg.escapeLiteral(searchPath)}, true)`;
    await say(`BEGIN; ${setPath}; ROLLBACK`);
    return [...accepted, setPath];
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

/** Runs pieces of work one after another, in the order in which they arrive. */
export type InTurn = <T>(work: () => Promise<T>) => Promise<T>;

export function turns(): InTurn {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const turn = last.then(work);
    last = turn.catch(() => {});
    return turn;
  };
}
