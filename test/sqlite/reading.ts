/** Reads the stages of a database as the service does, in this process. */
import { onTestFinished } from "vitest";
import type { Repository, Snapshot } from "../../src/repositories/repository.ts";
import { openSqliteRepository, type SqliteOptions } from "../../src/repositories/sqlite/open.ts";

/** No reading of these tests takes long, yet on a busy machine its thread may start late. */
const DEADLINE_SECONDS = 60;

/** It is closed with the test. */
export function reader(databasePath: string, options: Partial<SqliteOptions> = {}): Repository {
  const repository = openSqliteRepository({ databasePath, deadlineSeconds: DEADLINE_SECONDS, ...options });
  onTestFinished(() => repository.close());
  return repository;
}

/** How many tasks it tells, or why none. */
export const tasksOf = ({ parts }: Snapshot) =>
  parts.stages?.ok ? parts.stages.value.tasks.length : parts.stages?.failure;

export const read = async (repository: Repository) => tasksOf(await repository.read(["stages"]));
