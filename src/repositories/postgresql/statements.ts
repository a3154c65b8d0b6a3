/**
 * Runs SELECTs within a transaction. All that are asked for are sent at once and answered in their order, so that a
 * reading costs a few ways to the server and back, and not one for each SELECT.
 *
 * One that fails aborts the transaction: it goes back to the savepoint, and those behind it, which were refused for it,
 * are sent again. They read the same snapshot.
 */
import type pg from "pg";
import { SourceError, type SourceFailure } from "../source-failure.ts";
import type { Cells } from "../sql/columns.ts";
import { LARGEST_RESULT_BYTES, TOO_LARGE } from "../sql/result-size.ts";
import type { Statement } from "../sql/statements.ts";
import { streamOf } from "./connect.ts";
import { isLost } from "./failures.ts";

export interface Answer {
  readonly rows: readonly Cells[];
  readonly fields: readonly pg.FieldDef[];
}

export const SAVEPOINT = "SAVEPOINT start";
export const BACK = "ROLLBACK TO SAVEPOINT start";

/** SQLSTATE in_failed_sql_transaction. */
const ABORTED = "25P02";

/** Each failure of another SELECT may cost one. */
const MOST_ATTEMPTS = 30;

const SILENT: SourceFailure = {
  code: "deadline_exceeded",
  message: "the server neither answered the SELECT nor stopped it: the connection was given up",
};

interface Sent {
  /** Why the connection was given up, where it was for this one. */
  failure?: SourceFailure;
}

export class Statements {
  readonly #client: pg.Client;
  readonly #silenceMilliseconds: number;
  /** In the order in which they will be answered. */
  readonly #sent: Sent[] = [];
  #silence: NodeJS.Timeout | undefined;
  /** Of the answer that is arriving. */
  #bytes = 0;

  /** The client is connected, in pipeline mode. */
  constructor(client: pg.Client, silenceMilliseconds: number) {
    this.#client = client;
    this.#silenceMilliseconds = silenceMilliseconds;
    streamOf(client).on("data", (chunk: Buffer) => {
      this.#bytes += chunk.length;
      if (this.#bytes > LARGEST_RESULT_BYTES) this.#giveUp(TOO_LARGE);
    });
  }

  async run(statement: Statement): Promise<Answer> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#runOnce(statement);
      } catch (error) {
        const { code } = error as { code?: unknown };
        if (code !== ABORTED || attempt === MOST_ATTEMPTS) throw error;
      }
    }
  }

  /** Ends the connection: politely where nothing is being answered. */
  async end(): Promise<void> {
    clearTimeout(this.#silence);
    if (this.#sent.length > 0) streamOf(this.#client).destroy();
    else await this.#client.end().catch(() => {});
  }

  async #runOnce({ sql, values }: Statement): Promise<Answer> {
    const sent: Sent = {};
    this.#sent.push(sent);
    if (this.#sent.length === 1) this.#listen();
    try {
      // The extended protocol takes one statement alone: what would follow a semicolon is refused.
      const query = { text: sql, values: values.map(String), queryMode: "extended" } as const;
      const { rows, fields } = await this.#client.query(query);
      return { rows, fields };
    } catch (error) {
      if (sent.failure) throw new SourceError(sent.failure);
      // Before anybody else hears of it, so that what is sent again comes behind it.
      if (!isLost(error) && (error as { code?: unknown }).code !== ABORTED) await this.#client.query(BACK);
      throw error;
    } finally {
      this.#sent.splice(this.#sent.indexOf(sent), 1);
      this.#listen();
    }
  }

  /** A server may fail to stop a SELECT, or be gone without a word. */
  #listen(): void {
    this.#bytes = 0;
    clearTimeout(this.#silence);
    if (this.#sent.length === 0) return;
    this.#silence = setTimeout(() => this.#giveUp(SILENT), this.#silenceMilliseconds);
  }

  #giveUp(failure: SourceFailure): void {
    const [answered] = this.#sent;
    if (answered) answered.failure = failure;
    streamOf(this.#client).destroy();
  }
}
