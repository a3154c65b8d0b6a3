/**
 * Reads history between requests through a separate connection: all of it once, and then repeatedly in a small share
 * of the time. Sections that can only be read in one query have their own schedule.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { History } from "../sql/history/history.ts";
import { runAsync, type StatementGenerator } from "../sql/statements.ts";
import { Connection, type InTurn } from "./connection.ts";

/** Shares of the time while totals are missing, and once everything has been read. */
const FIRST_PASS_SHARE = 0.5;
const VERIFYING_SHARE = 0.02;

/** How often to check again if there was nothing to do, or the step failed. */
const REST_MILLISECONDS = 1_000;

/** Without a reading for so long, the history is not needed. */
const IDLE_MILLISECONDS = 60_000;

/**
 * For sections that can only be read in one query, which may take long. They hold no lock that blocks anything but a
 * schema change.
 */
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

  /** Call it after each reading. */
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

  /** Resolves with the milliseconds that it took, or undefined if there was nothing to do. */
  async #step(): Promise<number | undefined> {
    const { history, inTurn, now } = this.#options;
    const keyed = history.sections.filter((name) => history.isInPieces(name));
    const others = history.sections.filter((name) => !history.isInPieces(name));
    // Sections that aggregate the whole history have their own schedule, and do not delay readings.
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
