-- The reference schema, on SQLite: demo/schema.sql.
-- dialect: sqlite
-- system: the reference orchestrator
-- versions: 1, tested with the database itself
-- terminal-stages: done, failed, cancelled

-- Every task: the service adds `stage NOT IN (…)` with the terminal stages above, or those of --terminal-stages.
-- A time that is none stays as it is, and the service says so and leaves it out.
-- name: stages
SELECT CAST(id AS TEXT) AS task_id, work_item, stage,
  coalesce(CAST(round(unixepoch(stage_entered_at, 'subsec') * 1000) AS INTEGER), stage_entered_at) AS entered_at_ms,
  title
FROM tasks

-- name: job_history
SELECT id AS job_key,
  CASE WHEN status IN ('queued', 'running', 'done', 'failed', 'cancelled') THEN status ELSE 'other' END AS status,
  status AS native_status, attempts, max_attempts, status IN ('queued', 'running') AS is_open
FROM jobs

-- A job in its retry's back-off does not wait yet. One that was to start before it was added, or before its last start,
-- has waited since then.
-- name: queue_ages
SELECT
  coalesce(CAST(round(unixepoch(queued.first, 'subsec') * 1000) AS INTEGER), queued.first) AS oldest_queued_at_ms,
  coalesce(CAST(round(unixepoch(running.first, 'subsec') * 1000) AS INTEGER), running.first) AS oldest_running_at_ms,
  delayed.jobs AS delayed_jobs,
  coalesce(CAST(round(unixepoch(delayed.next, 'subsec') * 1000) AS INTEGER), delayed.next) AS next_available_at_ms
FROM (SELECT min(min(max(available_at, created_at, coalesce(started_at, '')),
        strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))) AS first FROM jobs
      WHERE status = 'queued' AND available_at <= strftime('%Y-%m-%dT%H:%M:%fZ', 'now')) AS queued,
  (SELECT min(started_at) AS first FROM jobs WHERE status = 'running') AS running,
  (SELECT count(*) AS jobs, min(available_at) AS next FROM jobs
   WHERE status = 'queued' AND available_at > strftime('%Y-%m-%dT%H:%M:%fZ', 'now')) AS delayed

-- name: queue_running
SELECT CAST(id AS TEXT) AS job_id, CAST(task_id AS TEXT) AS task_id, kind,
  coalesce(CAST(round(unixepoch(started_at, 'subsec') * 1000) AS INTEGER), started_at) AS started_at_ms,
  attempts, max_attempts
FROM jobs WHERE status = 'running'

-- name: breakers
SELECT name, state, failures,
  coalesce(CAST(round(unixepoch(opened_at, 'subsec') * 1000) AS INTEGER), opened_at) AS opened_at_ms,
  coalesce(CAST(round(unixepoch(retry_at, 'subsec') * 1000) AS INTEGER), retry_at) AS retry_at_ms,
  coalesce(CAST(round(unixepoch(updated_at, 'subsec') * 1000) AS INTEGER), updated_at) AS updated_at_ms
FROM circuit_breakers

-- name: gates
SELECT scope, CAST(holder_task_id AS TEXT) AS holder_task_id,
  coalesce(CAST(round(unixepoch(acquired_at, 'subsec') * 1000) AS INTEGER), acquired_at) AS acquired_at_ms,
  waiting
FROM serial_gates

-- name: agents
SELECT CAST(id AS TEXT) AS run_id, CAST(task_id AS TEXT) AS task_id, agent, model, pid, host,
  coalesce(CAST(round(unixepoch(started_at, 'subsec') * 1000) AS INTEGER), started_at) AS started_at_ms,
  coalesce(CAST(round(unixepoch(heartbeat_at, 'subsec') * 1000) AS INTEGER), heartbeat_at) AS heartbeat_at_ms,
  CAST(job_id AS TEXT) AS job_id, log_path, cost_usd,
  input_tokens, output_tokens, cache_read_tokens, cache_creation_tokens
FROM agent_runs WHERE finished_at IS NULL

-- Of the newest thousand that finished, since no index has the time at which they did.
-- name: finished_runs
SELECT CAST(id AS TEXT) AS run_id, CAST(task_id AS TEXT) AS task_id, agent, model,
  coalesce(CAST(round(unixepoch(started_at, 'subsec') * 1000) AS INTEGER), started_at) AS started_at_ms,
  coalesce(CAST(round(unixepoch(finished_at, 'subsec') * 1000) AS INTEGER), finished_at) AS finished_at_ms,
  exit_code, cost_usd, input_tokens, output_tokens, cache_read_tokens, cache_creation_tokens
FROM agent_runs WHERE id IN (
  SELECT id FROM (SELECT id, finished_at FROM agent_runs
    WHERE id <= (SELECT max(id) FROM agent_runs) AND finished_at IS NOT NULL ORDER BY id DESC LIMIT 1000)
  ORDER BY finished_at DESC, id DESC LIMIT 100)

-- Apart from the agents, who are there even where one of these tables is not.
-- name: agent_task_stages
SELECT CAST(tasks.id AS TEXT) AS task_id, tasks.stage
FROM agent_runs JOIN tasks ON tasks.id = agent_runs.task_id WHERE agent_runs.finished_at IS NULL

-- name: agent_job_statuses
SELECT CAST(jobs.id AS TEXT) AS job_id, jobs.status
FROM agent_runs JOIN jobs ON jobs.id = agent_runs.job_id WHERE agent_runs.finished_at IS NULL

-- name: run_history
SELECT id AS run_key, agent, model, cost_usd,
  input_tokens, output_tokens, cache_read_tokens, cache_creation_tokens, finished_at IS NULL AS is_open
FROM agent_runs

-- Keys that only grow: one that is lower than before tells that an older database was restored.
-- name: epoch
SELECT 'tasks' AS name, coalesce(max(id), 0) AS highest_key FROM tasks
UNION ALL SELECT 'jobs', coalesce(max(id), 0) FROM jobs
UNION ALL SELECT 'agent_runs', coalesce(max(id), 0) FROM agent_runs
