-- River, a job queue for Go, on SQLite. Finished jobs stay until its cleaner removes them: after a day, discarded
-- ones after a week.
-- dialect: sqlite
-- system: River
-- versions: 0.43, tested with the tables of its main migrations up to 7

-- A job that is snoozed gets its attempt back; one that is retried by hand after its last attempt gets one more.
-- name: job_history
SELECT id AS job_key,
  CASE state WHEN 'available' THEN 'queued' WHEN 'pending' THEN 'queued' WHEN 'retryable' THEN 'queued'
    WHEN 'scheduled' THEN 'queued' WHEN 'running' THEN 'running' WHEN 'completed' THEN 'done'
    WHEN 'discarded' THEN 'failed' WHEN 'cancelled' THEN 'cancelled' ELSE 'other' END AS status,
  state AS native_status, attempt AS attempts, max_attempts,
  state IN ('available', 'pending', 'retryable', 'running', 'scheduled') AS is_open
FROM river_job

-- A pending job waits for others, and for no time. What lies in a paused queue waits too. A job that was to start before
-- it was added, or before its last start, has waited since then.
-- name: queue_ages
SELECT CAST(round(unixepoch(waiting.first, 'subsec') * 1000) AS INTEGER) AS oldest_queued_at_ms,
  CAST(round(unixepoch(running.first, 'subsec') * 1000) AS INTEGER) AS oldest_running_at_ms,
  delayed.jobs AS delayed_jobs,
  CAST(round(unixepoch(delayed.next, 'subsec') * 1000) AS INTEGER) AS next_available_at_ms
FROM (SELECT min(min(max(scheduled_at, created_at, coalesce(attempted_at, '')), datetime('now', 'subsec'))) AS first
      FROM river_job
      WHERE state IN ('available', 'retryable', 'scheduled') AND scheduled_at <= datetime('now', 'subsec')) AS waiting,
  (SELECT min(attempted_at) AS first FROM river_job WHERE state = 'running') AS running,
  (SELECT count(*) AS jobs, min(scheduled_at) AS next FROM river_job
   WHERE state IN ('available', 'retryable', 'scheduled') AND scheduled_at > datetime('now', 'subsec')) AS delayed

-- name: queue_running
SELECT CAST(id AS TEXT) AS job_id, NULL AS task_id, kind,
  CAST(round(unixepoch(attempted_at, 'subsec') * 1000) AS INTEGER) AS started_at_ms, attempt AS attempts, max_attempts
FROM river_job WHERE state = 'running'
