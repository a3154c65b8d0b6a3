-- plainjob, a job queue on SQLite for Node and Bun. Finished rows stay until its own maintenance removes them.
-- dialect: sqlite
-- system: plainjob
-- versions: 0.0.14, tested with the library itself
-- unreported-statuses: cancelled

-- It counts no attempts.
-- name: job_history
SELECT id AS job_key,
  CASE status WHEN 0 THEN 'queued' WHEN 1 THEN 'running' WHEN 2 THEN 'done' WHEN 3 THEN 'failed' ELSE 'other' END
    AS status,
  CASE status WHEN 0 THEN 'pending' WHEN 1 THEN 'processing' WHEN 2 THEN 'done' WHEN 3 THEN 'failed' ELSE 'unknown' END
    AS native_status,
  NULL AS attempts, NULL AS max_attempts, status IN (0, 1) AS is_open
FROM plainjob_jobs

-- When a job started is not recorded. A job that was to run before it was added has waited since then.
-- name: queue_ages
SELECT min(min(max(next_run_at, created_at), unixepoch('now', 'subsec') * 1000))
    FILTER (WHERE next_run_at <= unixepoch('now', 'subsec') * 1000) AS oldest_queued_at_ms,
  NULL AS oldest_running_at_ms,
  count(*) FILTER (WHERE next_run_at > unixepoch('now', 'subsec') * 1000) AS delayed_jobs,
  min(next_run_at) FILTER (WHERE next_run_at > unixepoch('now', 'subsec') * 1000) AS next_available_at_ms
FROM plainjob_jobs WHERE status = 0

-- name: queue_running
SELECT CAST(id AS TEXT) AS job_id, NULL AS task_id, type AS kind, NULL AS started_at_ms,
  NULL AS attempts, NULL AS max_attempts
FROM plainjob_jobs WHERE status = 1

-- Maintenance deletes old rows; the sequence stays.
-- name: epoch
SELECT name, seq AS highest_key FROM sqlite_sequence WHERE name = 'plainjob_jobs'
