/**
 * Reads history between requests through a separate connection: all of it once, and then repeatedly in a small share
 * of the time. Sections that can only be read in one query have their own schedule.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { History } from "../sql/history/history.ts";
import { runAsync, type StatementGenerator } from "../sql/statements.ts";
import type { Connection, InTurn } from "./connection.ts";

/** Shares of the time while totals are missing, and once everything has been read. */
const FIRST_PASS_SHARE = 0.5;
const VERIFYING_SHARE = 0.02;

/** How often to check again if there was nothing to do, or the step failed. */
const REST_MILLISECONDS = 1_000;

/** Without a reading for so long, the history is not needed. */
const IDLE_MILLISECONDS = 60_000;

export interface HistoryReader {
  /** Call it after each reading. */
  resume(): void;
  close(): Promise<void>;
}

export function historyReader(
  connection: Connection,
  history: History,
  inTurn: InTurn,
  now: () => number,
): HistoryReader {
  const closing = new AbortController();
  let running: Promise<void> | undefined;
  let resumedAt = 0;

  async function run(): Promise<void> {
    const { signal } = closing;
    let pause = 0;
    for (;;) {
      await sleep(pause, undefined, { ref: false, signal }).catch(() => {});
      if (signal.aborted) return;
      if (performance.now() > resumedAt + IDLE_MILLISECONDS) return connection.release();
      // The next request meets the same failure and reports it.
      const took = await step().catch(() => undefined);
      const share = history.isComplete ? VERIFYING_SHARE : FIRST_PASS_SHARE;
      pause = took === undefined ? REST_MILLISECONDS : took / share - took;
    }
  }

  /** Resolves with the milliseconds that it took, or undefined if there was nothing to do. */
  async function step(): Promise<number | undefined> {
    const keyed = history.sections.filter((name) => history.isInPieces(name));
    const others = history.sections.filter((name) => !history.isInPieces(name));
    // Sections that aggregate the whole history have their own schedule, and do not delay readings.
    if (await ask(history.step(now(), others))) return 0;
    if (keyed.length === 0) return undefined;
    return inTurn(async () => {
      const began = performance.now();
      const worked = await ask(history.step(now(), keyed));
      return worked ? performance.now() - began : undefined;
    });
  }

  function ask<T>(asking: StatementGenerator<T>): Promise<T> {
    return connection.transaction((ask) =>
      runAsync(asking, async (statement) => (await ask(statement)).rows),
    );
  }

  return {
    resume() {
      resumedAt = performance.now();
      running ??= run().finally(() => {
        running = undefined;
      });
    },
    async close() {
      closing.abort();
      await connection.close();
      await running;
    },
  };
}
