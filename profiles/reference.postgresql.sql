-- The reference schema, on PostgreSQL: demo/schema.sql.
-- dialect: postgresql
-- system: the reference orchestrator
-- versions: 1, tested with the database itself
-- terminal-stages: done, failed, cancelled

-- All tasks. The service adds `stage NOT IN (…)` with the terminal stages above, or those of --terminal-stages.
-- name: stages
SELECT id::text AS task_id, work_item, stage, stage_entered_at AS entered_at, title
FROM tasks

-- name: job_history
SELECT id AS job_key,
  CASE WHEN status IN ('queued', 'running', 'done', 'failed', 'cancelled') THEN status ELSE 'other' END AS status,
  status AS native_status, attempts, max_attempts, status IN ('queued', 'running') AS is_open
FROM jobs

-- A job in its retry back-off does not wait yet. A job that was scheduled before it was added, or before its last start,
-- has waited since that later time. Times are UTC text that sorts in order of time.
-- name: queue_ages
SELECT queued.first AS oldest_queued_at, running.first AS oldest_running_at,
  delayed.jobs AS delayed_jobs, delayed.next AS next_available_at
FROM (SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS time) AS present
  CROSS JOIN LATERAL (SELECT min(least(greatest(available_at, created_at, started_at), present.time)) AS first FROM jobs
    WHERE status = 'queued' AND available_at <= present.time) AS queued
  CROSS JOIN LATERAL (SELECT min(started_at) AS first FROM jobs WHERE status = 'running') AS running
  CROSS JOIN LATERAL (SELECT count(*) AS jobs, min(available_at) AS next FROM jobs
    WHERE status = 'queued' AND available_at > present.time) AS delayed

-- name: queue_running
SELECT id::text AS job_id, task_id::text AS task_id, kind, started_at, attempts, max_attempts
FROM jobs WHERE status = 'running'

-- name: breakers
SELECT name, state, failures, opened_at, retry_at, updated_at
FROM circuit_breakers

-- name: gates
SELECT scope, holder_task_id::text AS holder_task_id, acquired_at, waiting
FROM serial_gates

-- name: agents
SELECT id::text AS run_id, task_id::text AS task_id, agent, model, pid, host,
  started_at, heartbeat_at, job_id::text AS job_id, log_path, cost_usd,
  input_tokens, output_tokens, cache_read_tokens, cache_creation_tokens
FROM agent_runs WHERE finished_at IS NULL

-- Reads the newest thousand finished runs, since no index has the time at which they finished.
-- name: finished_runs
SELECT id::text AS run_id, task_id::text AS task_id, agent, model,
  started_at, finished_at, exit_code, cost_usd,
  input_tokens, output_tokens, cache_read_tokens, cache_creation_tokens
FROM agent_runs WHERE id IN (
  SELECT id FROM (SELECT id, finished_at FROM agent_runs
    WHERE id <= (SELECT max(id) FROM agent_runs) AND finished_at IS NOT NULL ORDER BY id DESC LIMIT 1000) AS newest
  ORDER BY finished_at DESC, id DESC LIMIT 100)

-- Separate from the agents, so that agents are listed even if one of these tables is missing.
-- name: agent_task_stages
SELECT tasks.id::text AS task_id, tasks.stage
FROM agent_runs JOIN tasks ON tasks.id = agent_runs.task_id WHERE agent_runs.finished_at IS NULL

-- name: agent_job_statuses
SELECT jobs.id::text AS job_id, jobs.status
FROM agent_runs JOIN jobs ON jobs.id = agent_runs.job_id WHERE agent_runs.finished_at IS NULL

-- name: run_history
SELECT id AS run_key, agent, model, cost_usd,
  input_tokens, output_tokens, cache_read_tokens, cache_creation_tokens, finished_at IS NULL AS is_open
FROM agent_runs

-- Keys that only grow. A lower key than before shows that an older database was restored.
-- name: epoch
SELECT 'tasks' AS name, coalesce(max(id), 0) AS highest_key FROM tasks
UNION ALL SELECT 'jobs', coalesce(max(id), 0) FROM jobs
UNION ALL SELECT 'agent_runs', coalesce(max(id), 0) FROM agent_runs
