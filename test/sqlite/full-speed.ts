/** A writer at full speed next to readers at full speed. */
import { expect } from "vitest";
import type { SqliteOptions } from "../../src/repositories/sqlite/open.ts";
import { INSERT_TASK, startOrchestrator } from "../support/orchestrator.ts";
import { read, reader } from "./reading.ts";

export interface FullSpeed {
  readonly journal: "wal" | "delete";
  readonly readers: number;
  readonly options?: Partial<SqliteOptions>;
  /** Decides after each reading, from all results so far, whether the readers may stop. */
  isEnough(answers: readonly unknown[]): boolean;
}

/** Eight readings, one of which shows what was written meanwhile. */
export const hasSeenWrites = (answers: readonly unknown[]) =>
  answers.length >= 8 && answers.some((tasks) => typeof tasks === "number" && tasks > 20);

export async function expectNoCommitRefused(about: FullSpeed): Promise<void> {
  const { journal, isEnough } = about;
  await using orchestrator = await startOrchestrator({ journal });
  const readers = Array.from({ length: about.readers }, () => reader(orchestrator.path, about.options));
  await Promise.all(readers.map(read));
  await orchestrator.flood(INSERT_TASK);
  const answers: unknown[] = [];
  // The writer fills the disk until it is stopped.
  const end = performance.now() + 30_000;
  await Promise.all(
    readers.map(async (repository) => {
      do answers.push(await read(repository));
      while (!isEnough(answers) && performance.now() < end);
    }),
  );
  expect(isEnough(answers)).toBe(true);
  // A refused commit ends the writer, which then does not respond here.
  expect(await orchestrator.stopFlood()).toBeGreaterThan(10);
  // A writer without pauses on a rollback journal leaves little room. Failed readings must report that.
  const refused = answers.filter((answer) => typeof answer !== "number");
  for (const failure of refused)
    expect(["unavailable", "deadline_exceeded"]).toContain((failure as { code: string }).code);
  if (journal === "wal") expect(refused).toEqual([]);
  expect(answers.length).toBeGreaterThan(about.readers);
}
