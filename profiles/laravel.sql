-- Laravel's database queue, on SQLite. Jobs are deleted when they succeed. Failed jobs move to their own table.
-- dialect: sqlite
-- system: Laravel queue
-- versions: 12, tested with the tables that its stubs describe
-- unreported-statuses: done, cancelled

-- A worker that dies leaves its job reserved. Another worker takes it after retry_after, which is in no table. A day after
-- the reservation it certainly waits again.
-- name: queue_counts
SELECT iif(reserved_at > unixepoch() - 86400, 'running', 'queued') AS status,
  CASE WHEN reserved_at > unixepoch() - 86400 THEN 'reserved' WHEN reserved_at IS NOT NULL THEN 'expired'
    WHEN available_at > unixepoch() THEN 'delayed' ELSE 'available' END AS native_status,
  count(*) AS jobs
FROM jobs GROUP BY 1, 2
UNION ALL SELECT 'failed', 'failed', count(*) FROM failed_jobs

-- How often deleted jobs were started is unknown. A failed job has no attempts left.
-- name: queue_retries
SELECT count(*) FILTER (WHERE attempts >= 2) AS retried_jobs, NULL AS attempts,
  count(*) FILTER (WHERE attempts >= 1 AND (reserved_at IS NULL OR reserved_at <= unixepoch() - 86400)) AS waiting_retry,
  (SELECT count(*) FROM failed_jobs) AS exhausted_jobs
FROM jobs

-- name: queue_ages
SELECT min(available_at) FILTER (WHERE reserved_at IS NULL AND available_at <= unixepoch()) * 1000 AS oldest_queued_at_ms,
  min(reserved_at) FILTER (WHERE reserved_at > unixepoch() - 86400) * 1000 AS oldest_running_at_ms,
  count(*) FILTER (WHERE reserved_at IS NULL AND available_at > unixepoch()) AS delayed_jobs,
  min(available_at) FILTER (WHERE reserved_at IS NULL AND available_at > unixepoch()) * 1000 AS next_available_at_ms
FROM jobs

-- name: queue_running
SELECT CAST(id AS TEXT) AS job_id, NULL AS task_id, payload ->> '$.displayName' AS kind,
  reserved_at * 1000 AS started_at_ms, attempts, nullif(payload ->> '$.maxTries', 0) AS max_attempts
FROM (SELECT id, iif(json_valid(payload), payload, NULL) AS payload, reserved_at, attempts FROM jobs
  WHERE reserved_at > unixepoch() - 86400)

-- name: epoch
SELECT name, seq AS highest_key FROM sqlite_sequence WHERE name IN ('jobs', 'failed_jobs')
