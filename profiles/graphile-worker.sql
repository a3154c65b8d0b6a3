-- Graphile Worker, a job queue on PostgreSQL for Node. Jobs are deleted when they succeed.
-- Its private tables hide their rows from other roles. The public view graphile_worker.jobs shows them all.
-- dialect: postgresql
-- system: Graphile Worker
-- versions: 0.18, tested with the library itself
-- unreported-statuses: done, cancelled

-- A job is locked while it runs, and for four hours after its worker dies.
-- name: jobs
SELECT id AS job_key,
  CASE WHEN locked_at IS NOT NULL THEN 'running' WHEN attempts >= max_attempts THEN 'failed' ELSE 'queued' END AS status,
  CASE WHEN locked_at IS NOT NULL THEN 'locked' WHEN attempts >= max_attempts THEN 'permanently failed' ELSE 'waiting' END
    AS native_status,
  task_identifier AS kind, run_at AS available_at, created_at, locked_at AS started_at, attempts, max_attempts,
  (locked_at IS NOT NULL OR attempts < max_attempts) AS is_open
FROM graphile_worker.jobs

-- A named queue admits one job at a time.
-- name: gates
SELECT queue_name AS scope, max(id::text) FILTER (WHERE locked_at IS NOT NULL) AS holder_task_id,
  max(locked_at) AS acquired_at,
  count(*) FILTER (WHERE locked_at IS NULL AND attempts < max_attempts) AS waiting
FROM graphile_worker.jobs WHERE queue_name IS NOT NULL GROUP BY queue_name
