/**
 * Reads history between the requests, through a connection of its own: first all of it once, then round and round at
 * a small share of the time; and what can only be read at once, on its own rhythm.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { History } from "../sql/history/history.ts";
import { runAsync, type StatementGenerator } from "../sql/statements.ts";
import { Connection, type InTurn } from "./connection.ts";

/** Of the time, while sums are missing, and once all has been read. */
const FIRST_PASS_SHARE = 0.5;
const VERIFYING_SHARE = 0.02;

/** How often to look where nothing was to be done, or nothing could be. */
const REST_MILLISECONDS = 1_000;

/** Without a reading for so long, nobody needs the history. */
const IDLE_MILLISECONDS = 60_000;

/** What can only be read at once may be long; it holds no lock that anybody waits for but a change of the schema. */
const LIMITS = { statementMilliseconds: 60_000, lockMilliseconds: 150 };

export interface HistoryReaderOptions {
  readonly url: string;
  readonly timezone: string;
  readonly history: History;
  readonly inTurn: InTurn;
  readonly now: () => number;
}

export class HistoryReader {
  readonly #options: HistoryReaderOptions;
  readonly #connection: Connection;
  readonly #closing = new AbortController();
  #running: Promise<void> | undefined;
  #resumedAt = 0;

  constructor(options: HistoryReaderOptions) {
    this.#options = options;
    this.#connection = new Connection(options.url, { ...LIMITS, timezone: options.timezone });
  }

  /** To be called after each reading. */
  resume(): void {
    this.#resumedAt = performance.now();
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#connection.close();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    const { history } = this.#options;
    let pause = 0;
    for (;;) {
      await sleep(pause, undefined, { ref: false, signal }).catch(() => {});
      if (signal.aborted) return;
      if (performance.now() > this.#resumedAt + IDLE_MILLISECONDS) return this.#connection.release();
      // The next request meets the same failure and reports it.
      const took = await this.#step().catch(() => undefined);
      const share = history.isComplete ? VERIFYING_SHARE : FIRST_PASS_SHARE;
      pause = took === undefined ? REST_MILLISECONDS : took / share - took;
    }
  }

  /** Milliseconds that it took; undefined where there was nothing to do. */
  async #step(): Promise<number | undefined> {
    const { history, inTurn, now } = this.#options;
    const keyed = history.sections.filter((name) => history.isInPieces(name));
    const others = history.sections.filter((name) => !history.isInPieces(name));
    // What sums up all history keeps a rhythm of its own, and holds up no reading.
    if (await this.#ask(history.step(now(), others))) return 0;
    if (keyed.length === 0) return undefined;
    return inTurn(async () => {
      const began = performance.now();
      const worked = await this.#ask(history.step(now(), keyed));
      return worked ? performance.now() - began : undefined;
    });
  }

  #ask<T>(asking: StatementGenerator<T>): Promise<T> {
    return this.#connection.transaction((ask) =>
      runAsync(asking, async (statement) => (await ask(statement)).rows),
    );
  }
}
