-- Hermes Agent: ~/.hermes/state.db.
-- dialect: sqlite
-- system: Hermes Agent
-- versions: schema 30, tested with the tables as its sources define them

-- A session is open until it is ended. A killed one is never ended, so sessions are listed for a day after their last activity.
-- name: stages
SELECT id AS task_id, source AS work_item, iif(last_activity_at > unixepoch('now', 'subsec') - 300, 'active', 'idle') AS stage,
  CAST(round(coalesce(last_activity_at, started_at) * 1000) AS INTEGER) AS entered_at_ms, title
FROM sessions WHERE ended_at IS NULL AND archived = 0 AND hidden = 0
  AND coalesce(last_activity_at, started_at) > unixepoch() - 86400

-- Jobs are delegations, which never wait. `unknown` means that the process is gone. They are removed once delivered.
-- name: queue_counts
SELECT CASE WHEN state IN ('running', 'finalizing') THEN 'running' WHEN state IN ('completed', 'success') THEN 'done'
    WHEN state IN ('failed', 'error', 'timeout') THEN 'failed' WHEN state IN ('interrupted', 'cancelled') THEN 'cancelled'
    ELSE 'other' END AS status, state AS native_status, count(*) AS jobs
FROM async_delegations GROUP BY state

-- name: queue_ages
SELECT NULL AS oldest_queued_at_ms, CAST(round(min(dispatched_at) * 1000) AS INTEGER) AS oldest_running_at_ms,
  NULL AS delayed_jobs, NULL AS next_available_at_ms
FROM async_delegations WHERE state IN ('running', 'finalizing')

-- name: queue_running
SELECT delegation_id AS job_id, origin_session AS task_id, 'delegation' AS kind,
  CAST(round(dispatched_at * 1000) AS INTEGER) AS started_at_ms, NULL AS attempts, NULL AS max_attempts
FROM async_delegations WHERE state IN ('running', 'finalizing')

-- The recorded processes: gateways, and the owners of delegations, which run on this host. A killed gateway leaves
-- its row.
-- name: agents
SELECT backend_id AS run_id, NULL AS task_id, 'gateway' AS agent, NULL AS model, pid, nullif(host, '') AS host,
  CAST(round(started_at * 1000) AS INTEGER) AS started_at_ms,
  CAST(round(last_heartbeat * 1000) AS INTEGER) AS heartbeat_at_ms, NULL AS job_id
FROM gateway_heartbeats WHERE last_heartbeat > unixepoch() - 86400
UNION ALL SELECT d.delegation_id, d.origin_session, 'delegation', s.model, d.owner_pid, NULL,
  CAST(round(d.dispatched_at * 1000) AS INTEGER), NULL, d.delegation_id
FROM async_delegations AS d LEFT JOIN sessions AS s ON s.id = d.origin_session
WHERE d.state IN ('running', 'finalizing')

-- name: finished_runs
SELECT d.delegation_id AS run_id, d.origin_session AS task_id, 'delegation' AS agent, s.model,
  CAST(round(d.dispatched_at * 1000) AS INTEGER) AS started_at_ms,
  CAST(round(d.completed_at * 1000) AS INTEGER) AS finished_at_ms, NULL AS exit_code
FROM async_delegations AS d LEFT JOIN sessions AS s ON s.id = d.origin_session
WHERE d.completed_at IS NOT NULL ORDER BY d.completed_at DESC LIMIT 100

-- name: agent_job_statuses
SELECT delegation_id AS job_id, state AS status FROM async_delegations WHERE state IN ('running', 'finalizing')

-- An estimate of 0 means that the price is unknown, unless a subscription includes it. Output includes reasoning.
-- name: cost
SELECT source AS agent, model, count(*) AS runs, count(usd) AS priced_runs, sum(usd) AS cost_usd,
  sum(input_tokens) AS input_tokens, sum(output_tokens) AS output_tokens,
  sum(cache_read_tokens) AS cache_read_tokens, sum(cache_write_tokens) AS cache_creation_tokens
FROM (SELECT *, coalesce(actual_cost_usd, CASE WHEN cost_status = 'included' THEN 0
    WHEN cost_status <> 'unknown' THEN nullif(estimated_cost_usd, 0) END) AS usd FROM sessions)
GROUP BY 1, 2
