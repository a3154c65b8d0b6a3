-- Hermes Agent's Kanban: a database for each board, ~/.hermes/kanban.db and ~/.hermes/kanban/boards/NAME/kanban.db.
-- dialect: sqlite
-- system: Hermes Kanban
-- versions: 0.21, tested with the tables as its sources define them

-- The row has no time for a start, or for a stage after the first.
-- name: stages
SELECT id AS task_id, tenant AS work_item, status AS stage,
  CASE WHEN status = 'running' THEN started_at WHEN started_at IS NULL THEN created_at END * 1000 AS entered_at_ms, title
FROM tasks WHERE status NOT IN ('done', 'archived')

-- A job is a run (one try of a task), or a task that is ready to run.
-- name: queue_counts
SELECT CASE WHEN status = 'running' THEN 'running' WHEN status = 'done' THEN 'done'
    WHEN status IN ('crashed', 'timed_out', 'failed') THEN 'failed' WHEN status = 'released' THEN 'cancelled'
    ELSE 'other' END AS status, coalesce(outcome, status) AS native_status, count(*) AS jobs
FROM task_runs GROUP BY 1, 2
UNION ALL SELECT 'queued', 'ready', count(*) FROM tasks WHERE status = 'ready'

-- The row does not say since when a task has been ready.
-- name: queue_ages
SELECT NULL AS oldest_queued_at_ms, min(started_at) * 1000 AS oldest_running_at_ms,
  NULL AS delayed_jobs, NULL AS next_available_at_ms
FROM task_runs WHERE status = 'running'

-- name: queue_running
SELECT CAST(r.id AS TEXT) AS job_id, r.task_id, r.profile AS kind, r.started_at * 1000 AS started_at_ms,
  (SELECT count(*) FROM task_runs WHERE task_id = r.task_id) AS attempts, NULL AS max_attempts
FROM task_runs AS r WHERE r.status = 'running'

-- A task is blocked after consecutive failed tries.
-- name: breakers
SELECT id AS name, iif(status = 'blocked', 'open', 'closed') AS state, consecutive_failures AS failures,
  NULL AS opened_at_ms
FROM tasks WHERE consecutive_failures > 0 AND status NOT IN ('done', 'archived')

-- The worker's host comes from the claim: "host:pid".
-- name: agents
SELECT CAST(r.id AS TEXT) AS run_id, r.task_id, r.profile AS agent, t.model_override AS model, r.worker_pid AS pid,
  CASE WHEN r.claim_lock LIKE '%:%' THEN substr(r.claim_lock, 1, instr(r.claim_lock, ':') - 1) END AS host,
  r.started_at * 1000 AS started_at_ms, r.last_heartbeat_at * 1000 AS heartbeat_at_ms, CAST(r.id AS TEXT) AS job_id
FROM task_runs AS r LEFT JOIN tasks AS t ON t.id = r.task_id WHERE r.status = 'running'

-- name: finished_runs
SELECT CAST(r.id AS TEXT) AS run_id, r.task_id, r.profile AS agent, t.model_override AS model,
  r.started_at * 1000 AS started_at_ms, r.ended_at * 1000 AS finished_at_ms, NULL AS exit_code
FROM task_runs AS r LEFT JOIN tasks AS t ON t.id = r.task_id
WHERE r.ended_at IS NOT NULL ORDER BY r.id DESC LIMIT 100

-- name: agent_task_stages
SELECT t.id AS task_id, t.status AS stage FROM task_runs AS r JOIN tasks AS t ON t.id = r.task_id
WHERE r.status = 'running'

-- name: epoch
SELECT name, seq AS highest_key FROM sqlite_sequence WHERE name = 'task_runs'
