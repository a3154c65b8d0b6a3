/** A database whose history takes a while to read. */
import { createDatabase, type TestDatabase } from "../support/database.ts";

export const ROWS = 200_000;
const AT = "'2026-01-31T12:00:00.000Z'";

export function createLargeDatabase({ journal = "wal", rows = ROWS } = {}): TestDatabase {
  const database = createDatabase({ journal });
  const numbers = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})`;
  database.connection.exec(`BEGIN;
    INSERT INTO jobs (kind, status, attempts, available_at, created_at)
      ${numbers} SELECT 'developer', 'done', 1, ${AT}, ${AT} FROM n;
    INSERT INTO agent_runs (agent, model, started_at, finished_at, cost_usd)
      ${numbers} SELECT 'developer', 'm', ${AT}, ${AT}, 0.5 FROM n;
    COMMIT`);
  return database;
}
