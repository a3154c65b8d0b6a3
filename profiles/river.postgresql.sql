-- River, a job queue for Go, on PostgreSQL, in a schema of the role's search path. Finished jobs stay until its cleaner
-- removes them: after a day, discarded ones after a week.
-- dialect: postgresql
-- system: River
-- versions: 0.43, tested with the tables of its main migrations up to 7

-- A job that is snoozed gets its attempt back; one that is retried by hand after its last attempt gets one more.
-- name: job_history
SELECT id AS job_key,
  CASE state WHEN 'available' THEN 'queued' WHEN 'pending' THEN 'queued' WHEN 'retryable' THEN 'queued'
    WHEN 'scheduled' THEN 'queued' WHEN 'running' THEN 'running' WHEN 'completed' THEN 'done'
    WHEN 'discarded' THEN 'failed' WHEN 'cancelled' THEN 'cancelled' ELSE 'other' END AS status,
  state::text AS native_status, attempt AS attempts, max_attempts,
  state IN ('available', 'pending', 'retryable', 'running', 'scheduled') AS is_open
FROM river_job

-- A pending job waits for others, and for no time. What lies in a paused queue waits too. A job that was to start before
-- it was added, or before its last start, has waited since then.
-- name: queue_ages
SELECT extract(epoch FROM min(least(greatest(scheduled_at, created_at, attempted_at), now()))
    FILTER (WHERE state <> 'running' AND scheduled_at <= now())) * 1000 AS oldest_queued_at_ms,
  extract(epoch FROM min(attempted_at) FILTER (WHERE state = 'running')) * 1000 AS oldest_running_at_ms,
  count(*) FILTER (WHERE state <> 'running' AND scheduled_at > now()) AS delayed_jobs,
  extract(epoch FROM min(scheduled_at) FILTER (WHERE state <> 'running' AND scheduled_at > now())) * 1000
    AS next_available_at_ms
FROM river_job WHERE state IN ('available', 'retryable', 'running', 'scheduled')

-- name: queue_running
SELECT id::text AS job_id, NULL AS task_id, kind,
  extract(epoch FROM attempted_at) * 1000 AS started_at_ms, attempt AS attempts, max_attempts
FROM river_job WHERE state = 'running'
