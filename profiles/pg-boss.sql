-- pg-boss, a job queue on PostgreSQL for Node, in its default schema `pgboss`.
-- The counters in pgboss.queue are filled by a monitor now and then; the jobs themselves are counted here.
-- dialect: postgresql
-- system: pg-boss
-- versions: 12.38, tested with the library itself

-- The key is a UUID: history is read as a whole.
-- name: queue_counts
SELECT CASE state WHEN 'created' THEN 'queued' WHEN 'retry' THEN 'queued' WHEN 'active' THEN 'running'
    WHEN 'completed' THEN 'done' WHEN 'cancelled' THEN 'cancelled' WHEN 'failed' THEN 'failed' ELSE 'other' END AS status,
  state::text AS native_status, count(*) AS jobs
FROM pgboss.job GROUP BY state

-- name: queue_retries
SELECT count(*) FILTER (WHERE retry_count >= 1) AS retried_jobs,
  coalesce(sum(retry_count::bigint + CASE WHEN started_on IS NULL THEN 0 ELSE 1 END), 0)::bigint AS attempts,
  count(*) FILTER (WHERE state = 'retry') AS waiting_retry,
  count(*) FILTER (WHERE state = 'failed' AND retry_count >= retry_limit) AS exhausted_jobs
FROM pgboss.job

-- A job that was to start before it was added, or before its last start, has waited since then.
-- name: queue_ages
SELECT extract(epoch FROM min(least(greatest(start_after, created_on, started_on), now()))
    FILTER (WHERE state < 'active' AND start_after <= now())) * 1000 AS oldest_queued_at_ms,
  extract(epoch FROM min(started_on) FILTER (WHERE state = 'active')) * 1000 AS oldest_running_at_ms,
  count(*) FILTER (WHERE state < 'active' AND start_after > now()) AS delayed_jobs,
  extract(epoch FROM min(start_after) FILTER (WHERE state < 'active' AND start_after > now())) * 1000
    AS next_available_at_ms
FROM pgboss.job WHERE state <= 'active'

-- name: queue_running
SELECT id::text AS job_id, NULL AS task_id, name AS kind,
  extract(epoch FROM started_on) * 1000 AS started_at_ms,
  retry_count::bigint + 1 AS attempts, retry_limit::bigint + 1 AS max_attempts
FROM pgboss.job WHERE state = 'active'

-- One for each process that works on queues: a job does not tell which of them runs it.
-- name: agents
SELECT id::text AS run_id, NULL AS task_id, coalesce(application_name, name) AS agent, NULL AS model, pid, host,
  extract(epoch FROM started_on) * 1000 AS started_at_ms,
  extract(epoch FROM heartbeat_on) * 1000 AS heartbeat_at_ms
FROM pgboss.instance WHERE stopped_on IS NULL
