-- Graphile Worker, a job queue on PostgreSQL for Node. Jobs are deleted as they succeed.
-- Its private tables hide their rows from every other role; the public view graphile_worker.jobs shows them all.
-- dialect: postgresql
-- system: Graphile Worker
-- versions: 0.18, tested with the library itself
-- unreported-statuses: done, cancelled

-- A job is locked while it runs, and stays locked for four hours when its worker dies.
-- name: job_history
SELECT id AS job_key,
  CASE WHEN locked_at IS NOT NULL THEN 'running' WHEN attempts >= max_attempts THEN 'failed' ELSE 'queued' END AS status,
  CASE WHEN locked_at IS NOT NULL THEN 'locked' WHEN attempts >= max_attempts THEN 'permanently failed' ELSE 'waiting' END
    AS native_status,
  attempts, max_attempts, (locked_at IS NOT NULL OR attempts < max_attempts) AS is_open
FROM graphile_worker.jobs

-- A job that was to run before it was added has waited since then.
-- name: queue_ages
SELECT extract(epoch FROM min(least(greatest(run_at, created_at), now()))
    FILTER (WHERE locked_at IS NULL AND run_at <= now())) * 1000 AS oldest_queued_at_ms,
  extract(epoch FROM min(locked_at)) * 1000 AS oldest_running_at_ms,
  count(*) FILTER (WHERE locked_at IS NULL AND run_at > now()) AS delayed_jobs,
  extract(epoch FROM min(run_at) FILTER (WHERE locked_at IS NULL AND run_at > now())) * 1000
    AS next_available_at_ms
FROM graphile_worker.jobs WHERE locked_at IS NOT NULL OR attempts < max_attempts

-- name: queue_running
SELECT id::text AS job_id, NULL AS task_id, task_identifier AS kind,
  extract(epoch FROM locked_at) * 1000 AS started_at_ms, attempts, max_attempts
FROM graphile_worker.jobs WHERE locked_at IS NOT NULL

-- A named queue lets one job at a time through.
-- name: gates
SELECT queue_name AS scope, max(id::text) FILTER (WHERE locked_at IS NOT NULL) AS holder_task_id,
  extract(epoch FROM max(locked_at)) * 1000 AS acquired_at_ms,
  count(*) FILTER (WHERE locked_at IS NULL AND attempts < max_attempts) AS waiting
FROM graphile_worker.jobs WHERE queue_name IS NOT NULL GROUP BY queue_name
