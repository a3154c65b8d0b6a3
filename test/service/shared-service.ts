/**
 * One service for many tests, each with its own database. The service reads a link, which points to the
 * newest database. A file that is replaced is read from its beginning.
 */
import { mkdtempSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDatabase, type TestDatabase } from "../support/database.ts";
import { type RunningProgram, type StartOptions, startReady } from "../support/service.ts";

export interface SharedService extends RunningProgram {
  /**
   * Creates a database, which the service reads from the next request on. It stays until the service ends,
   * because a later database must not reuse its inode.
   */
  database(...options: Parameters<typeof createDatabase>): TestDatabase;
}

/** Starts the service over an empty database. */
export async function startShared(options: StartOptions = {}): Promise<SharedService> {
  const directory = mkdtempSync(join(tmpdir(), "orch-metrics-test-"));
  const link = join(directory, "orchestrator.db");
  const databases: TestDatabase[] = [];

  function database(...about: Parameters<typeof createDatabase>): TestDatabase {
    const created = createDatabase(...about);
    databases.push(created);
    symlinkSync(created.path, `${link}.next`);
    renameSync(`${link}.next`, link);
    return created;
  }

  database();
  const service = await startReady(link, options);
  return {
    ...service,
    database,
    async [Symbol.asyncDispose]() {
      await service[Symbol.asyncDispose]();
      for (const created of databases) created[Symbol.dispose]();
      rmSync(directory, { recursive: true });
    },
  };
}
