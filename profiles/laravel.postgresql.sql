-- Laravel's database queue, on PostgreSQL. Jobs are deleted when they succeed. Failed jobs move to their own table.
-- dialect: postgresql
-- system: Laravel queue
-- versions: 13.26, tested with the tables that its stubs describe
-- unreported-statuses: done, cancelled

-- A worker that dies leaves its job reserved. Another worker takes it after retry_after, which is in no table. A day after
-- the reservation it certainly waits again.
-- name: queue_counts
SELECT status, native_status, jobs
FROM (SELECT count(*) FILTER (WHERE reserved_at > now - 86400) AS reserved,
    count(*) FILTER (WHERE reserved_at <= now - 86400) AS expired,
    count(*) FILTER (WHERE reserved_at IS NULL AND available_at > now) AS delayed,
    count(*) FILTER (WHERE reserved_at IS NULL AND available_at <= now) AS available,
    (SELECT count(*) FROM failed_jobs) AS failed
  FROM jobs CROSS JOIN (SELECT extract(epoch FROM now()) AS now) AS clock) AS counts
  CROSS JOIN LATERAL (VALUES ('running', 'reserved', reserved), ('queued', 'expired', expired),
    ('queued', 'delayed', delayed), ('queued', 'available', available), ('failed', 'failed', failed))
    AS counted (status, native_status, jobs)
WHERE jobs > 0

-- How often deleted jobs were started is unknown. A failed job has no attempts left.
-- name: queue_retries
SELECT count(*) FILTER (WHERE attempts >= 2) AS retried_jobs, NULL AS attempts,
  count(*) FILTER (WHERE attempts >= 1 AND (reserved_at IS NULL OR reserved_at <= extract(epoch FROM now()) - 86400))
    AS waiting_retry,
  (SELECT count(*) FROM failed_jobs) AS exhausted_jobs
FROM jobs

-- name: queue_ages
SELECT min(available_at) FILTER (WHERE reserved_at IS NULL AND available_at <= now) AS oldest_queued_at,
  min(reserved_at) FILTER (WHERE reserved_at > now - 86400) AS oldest_running_at,
  count(*) FILTER (WHERE reserved_at IS NULL AND available_at > now) AS delayed_jobs,
  min(available_at) FILTER (WHERE reserved_at IS NULL AND available_at > now) AS next_available_at
FROM jobs CROSS JOIN (SELECT extract(epoch FROM now()) AS now) AS clock

-- The payload is text. It is searched, not parsed: one invalid payload would fail the whole section.
-- name: queue_running
SELECT id::text AS job_id, NULL AS task_id,
  replace(substring(payload FROM '"displayName": *"((?:[^"\\]|\\.)*)"'), '\\', '\') AS kind,
  reserved_at AS started_at, attempts,
  nullif(substring(payload FROM '"maxTries": *([0-9]{1,9})'), '0')::int AS max_attempts
FROM jobs WHERE reserved_at > extract(epoch FROM now()) - 86400

-- A role without SELECT on the sequences gets no rows.
-- name: epoch
SELECT schemaname || '.' || sequencename AS name, last_value AS highest_key
FROM pg_sequences WHERE sequencename IN ('jobs_id_seq', 'failed_jobs_id_seq') AND last_value IS NOT NULL
