/**
 * One connection, opened when it is needed, given up when it breaks, and tried again after a pause that grows. Each
 * transaction reads one snapshot and can do nothing but read.
 */
import pg from "pg";
import { type Fault, SourceError } from "../fault.ts";
import type { Statement } from "../sql/asking.ts";
import type { Cells } from "../sql/columns.ts";
import { isLost } from "./faults.ts";

const CONNECT_MILLISECONDS = 2_000;
/** A server that says nothing at all; beyond the server's own limits. */
const SILENCE_MILLISECONDS = 3_000;
const FIRST_PAUSE_MILLISECONDS = 250;
const LONGEST_PAUSE_MILLISECONDS = 15_000;

/** `SET LOCAL`, so that a pool between us and the server does not pass them on to others. */
export interface Limits {
  readonly statementMilliseconds: number;
  readonly lockMilliseconds: number;
}

export interface Answer {
  readonly rows: readonly Cells[];
  readonly fields: readonly pg.FieldDef[];
}

export type Ask = (statement: Statement) => Promise<Answer>;

const STOPPING: Fault = { code: "unavailable", message: "the service is stopping" };

const BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/** SQLSTATE of a setting that the server does not know, or does not support. */
const UNKNOWN_SETTING = ["42704", "0A000", "22023"];

const INT8 = 20;

/** int8 as a number where that is exact; as text, and so refused, where it is not. */
const TYPES: pg.CustomTypesConfig = {
  getTypeParser(oid: number, format?: string) {
    if (oid !== INT8) return pg.types.getTypeParser(oid, format as "text");
    return (text: string) => (Number.isSafeInteger(Number(text)) ? Number(text) : text);
  },
};

export class Connection {
  readonly #url: string;
  readonly #limits: Limits;
  #client: pg.Client | undefined;
  #settings: readonly string[] = [];
  #lastError: unknown;
  #pauseMs = 0;
  #notBefore = 0;
  #closed = false;

  constructor(url: string, limits: Limits) {
    this.#url = url;
    this.#limits = limits;
  }

  /** Rejects with PostgreSQL's or the network's error, or a SourceError while it pauses. */
  async transaction<T>(work: (ask: Ask) => Promise<T>): Promise<T> {
    const client = await this.#open();
    try {
      await client.query([BEGIN, ...this.#settings, "SAVEPOINT start"].join("; "));
      const result = await work((statement) => run(client, statement));
      await client.query("COMMIT");
      return result;
    } catch (error) {
      if (isLost(error)) this.#drop(client);
      else await client.query("ROLLBACK").catch(() => this.#drop(client));
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.release();
  }

  /** Ends the connection until it is needed again. */
  async release(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.end().catch(() => {});
  }

  async #open(): Promise<pg.Client> {
    if (this.#client) return this.#client;
    if (this.#closed) throw new SourceError(STOPPING);
    if (performance.now() < this.#notBefore) throw this.#lastError;
    const client = new pg.Client({
      connectionString: asLibpqMeans(this.#url),
      application_name: "orch-metrics",
      connectionTimeoutMillis: CONNECT_MILLISECONDS,
      query_timeout: this.#limits.statementMilliseconds + SILENCE_MILLISECONDS,
      keepAlive: true,
      types: TYPES,
    });
    // A connection that breaks while nobody asks; whoever asks next opens another.
    client.on("error", () => this.#drop(client));
    try {
      await client.connect();
      this.#settings = await acceptedSettings(client, this.#limits);
    } catch (error) {
      client.end().catch(() => {});
      this.#pause(error);
      throw error;
    }
    this.#pauseMs = 0;
    // Closed while it connected.
    if (this.#closed) {
      client.end().catch(() => {});
      throw new SourceError(STOPPING);
    }
    this.#client = client;
    return client;
  }

  #pause(error: unknown): void {
    this.#lastError = error;
    this.#pauseMs = Math.min(
      LONGEST_PAUSE_MILLISECONDS,
      Math.max(FIRST_PAUSE_MILLISECONDS, this.#pauseMs * 2),
    );
    this.#notBefore = performance.now() + this.#pauseMs;
  }

  #drop(client: pg.Client): void {
    if (this.#client === client) this.#client = undefined;
    client.end().catch(() => {});
  }
}

/** node-postgres takes every sslmode for verify-full unless it is told to mean what libpq's documentation says. */
function asLibpqMeans(url: string): string {
  if (!/[?&]sslmode=/.test(url) || /[?&]uselibpqcompat=/.test(url)) return url;
  return `${url}&uselibpqcompat=true`;
}

/** Each by itself, since what speaks PostgreSQL's protocol need not have all of its settings. */
async function acceptedSettings(client: pg.Client, limits: Limits): Promise<readonly string[]> {
  const wanted = [
    `SET LOCAL statement_timeout = ${limits.statementMilliseconds}`,
    `SET LOCAL lock_timeout = ${limits.lockMilliseconds}`,
    "SET LOCAL idle_in_transaction_session_timeout = 10000",
    // Rows that a policy hides would be missing without a word: this makes it an error.
    "SET LOCAL row_security = off",
    // A reading is many small SELECTs: compiling them takes longer than they do.
    "SET LOCAL jit = off",
  ];
  const accepted: string[] = [];
  for (const setting of wanted) {
    try {
      await client.query(`BEGIN; ${setting}; ROLLBACK`);
      accepted.push(setting);
    } catch (error) {
      await client.query("ROLLBACK");
      if (!UNKNOWN_SETTING.includes(String((error as { code?: unknown }).code))) throw error;
    }
  }
  return accepted;
}

/** A failing SELECT would end the whole transaction: back to where it started, the others go on in the same snapshot. */
async function run(client: pg.Client, { sql, values }: Statement): Promise<Answer> {
  try {
    // The extended protocol takes one statement alone: what would follow a semicolon is refused.
    const query = { text: sql, values: values.map(String), queryMode: "extended" } as const;
    const { rows, fields } = await client.query(query);
    return { rows, fields };
  } catch (error) {
    if (!isLost(error)) await client.query("ROLLBACK TO SAVEPOINT start");
    throw error;
  }
}
