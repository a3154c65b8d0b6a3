/** Reads the stages of a database as the service does, in this process. */
import { onTestFinished } from "vitest";
import type { Repository, Snapshot } from "../../src/repositories/repository.ts";
import { openSqliteRepository, type SqliteOptions } from "../../src/repositories/sqlite/open.ts";

/** No reading here is slow, but on a busy machine its thread may start late. */
const DEADLINE_SECONDS = 60;

/** The reader is closed at the end of the test. */
export function reader(databasePath: string, options: Partial<SqliteOptions> = {}): Repository {
  const repository = openSqliteRepository({ databasePath, deadlineSeconds: DEADLINE_SECONDS, ...options });
  onTestFinished(() => repository.close());
  return repository;
}

/** Returns the number of tasks, or the failure. */
export const tasksOf = ({ parts }: Snapshot) =>
  parts.stages?.ok ? parts.stages.value.tasks.length : parts.stages?.failure;

export const read = async (repository: Repository) => tasksOf(await repository.read(["stages"]));
