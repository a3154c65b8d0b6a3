/**
 * Runs SELECTs in a transaction. All are sent at once and answered in their order, so that a reading needs a few
 * round trips instead of one for each SELECT.
 *
 * A failure aborts the transaction: it rolls back to the savepoint, and the statements sent after the failed one,
 * which were refused, are sent again. They read the same snapshot.
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

/** Each failure of another SELECT may cost one attempt. */
const MOST_ATTEMPTS = 30;

const SILENT: SourceFailure = {
  code: "deadline_exceeded",
  message: "the server neither answered the SELECT nor stopped it: the connection was closed",
};

interface Sent {
  /** Why the connection was dropped, if because of this statement. */
  failure?: SourceFailure;
}

export class Statements {
  readonly #client: pg.Client;
  readonly #silenceMilliseconds: number;
  /** In the order of the responses. */
  readonly #sent: Sent[] = [];
  #silence: NodeJS.Timeout | undefined;
  /** The size of the response that is arriving. */
  #bytes = 0;

  /** The client must be connected, and in pipeline mode. */
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

  /** Ends the connection, by closing it normally if no response is pending. */
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
      // The extended protocol accepts a single statement, so anything after a semicolon is refused.
      const query = { text: sql, values: values.map(String), queryMode: "extended" } as const;
      const { rows, fields } = await this.#client.query(query);
      return { rows, fields };
    } catch (error) {
      if (sent.failure) throw new SourceError(sent.failure);
      // Before other statements see their failure, so that what they send again comes after the rollback.
      if (!isLost(error) && (error as { code?: unknown }).code !== ABORTED) await this.#client.query(BACK);
      throw error;
    } finally {
      this.#sent.splice(this.#sent.indexOf(sent), 1);
      this.#listen();
    }
  }

  /** Watches for a server that fails to stop a SELECT, or is gone without notice. */
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
