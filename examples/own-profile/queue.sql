-- dialect: sqlite
-- system: the job queue of examples/own-profile
-- versions: schema.sql

-- Try it: orch-metrics check --database queue.db --profile ./queue.sql
-- name: jobs
SELECT id AS job_key,
  CASE state WHEN 'new' THEN 'queued' WHEN 'busy' THEN 'running' WHEN 'ok' THEN 'done' ELSE 'failed' END AS status,
  state AS native_status, kind, due_at AS available_at, created_at, started_at, tries AS attempts,
  state IN ('new', 'busy') AS is_open
FROM work

-- Each running job is a process of its own, so that the watchdog can judge it.
-- name: agents
SELECT CAST(id AS TEXT) AS run_id, NULL AS task_id, kind AS agent, NULL AS model, worker_pid AS pid, NULL AS host,
  started_at, NULL AS heartbeat_at
FROM work
WHERE state = 'busy'
