-- River, a job queue for Go, on PostgreSQL in a schema of the role's search path. Its cleaner removes finished jobs after a
-- day, and discarded ones after a week.
-- dialect: sqlite, postgresql
-- system: River
-- versions: 0.43, tested with the tables of its main migrations up to 7

-- A snoozed job gets its attempt back. A job that is retried by hand after its last attempt gets one more. A pending job
-- waits for other jobs, not for a time. Jobs in a paused queue wait too.
-- name: jobs
SELECT id AS job_key,
  CASE state WHEN 'available' THEN 'queued' WHEN 'pending' THEN 'queued' WHEN 'retryable' THEN 'queued'
    WHEN 'scheduled' THEN 'queued' WHEN 'running' THEN 'running' WHEN 'completed' THEN 'done'
    WHEN 'discarded' THEN 'failed' WHEN 'cancelled' THEN 'cancelled' ELSE 'other' END AS status,
  CAST(state AS TEXT) AS native_status, kind,
  CASE WHEN state <> 'pending' THEN scheduled_at END AS available_at,
  CASE WHEN state <> 'pending' THEN created_at END AS created_at,
  CASE WHEN state <> 'pending' THEN attempted_at END AS started_at,
  attempt AS attempts, max_attempts, state IN ('available', 'pending', 'retryable', 'running', 'scheduled') AS is_open
FROM river_job
