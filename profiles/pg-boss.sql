-- pg-boss, a job queue on PostgreSQL for Node, in its default schema `pgboss`.
-- A monitor updates the counters in pgboss.queue only occasionally, so this profile counts the jobs themselves.
-- dialect: postgresql
-- system: pg-boss
-- versions: 12.38, tested with the library itself

-- Keys are random UUIDs, so the whole history is read each time.
-- name: jobs
SELECT id AS job_key,
  CASE state WHEN 'created' THEN 'queued' WHEN 'retry' THEN 'queued' WHEN 'active' THEN 'running'
    WHEN 'completed' THEN 'done' WHEN 'cancelled' THEN 'cancelled' WHEN 'failed' THEN 'failed' ELSE 'other' END AS status,
  state::text AS native_status, name AS kind, start_after AS available_at, created_on AS created_at, started_on AS started_at,
  retry_count + CASE WHEN started_on IS NULL THEN 0 ELSE 1 END AS attempts, retry_limit::bigint + 1 AS max_attempts,
  state <= 'active' AS is_open
FROM pgboss.job

-- One agent per worker process, since a job does not say which process runs it.
-- name: agents
SELECT id::text AS run_id, NULL AS task_id, coalesce(application_name, name) AS agent, NULL AS model, pid, host,
  started_on AS started_at,
  heartbeat_on AS heartbeat_at
FROM pgboss.instance WHERE stopped_on IS NULL
