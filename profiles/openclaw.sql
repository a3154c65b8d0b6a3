-- OpenClaw: ~/.openclaw/state/openclaw.sqlite. The cost of a session is in the database of its agent.
-- dialect: sqlite
-- system: OpenClaw
-- versions: 2026.9.6, tested with the tables that the program makes

-- A blocked flow that has ended stays blocked.
-- name: stages
SELECT flow_id AS task_id, owner_key AS work_item, coalesce(current_step, status) AS stage, updated_at AS entered_at_ms,
  goal AS title
FROM flow_runs WHERE status NOT IN ('succeeded', 'failed', 'cancelled', 'lost') AND ended_at IS NULL

-- Finished tasks are removed after some days. Keys are text, so the whole history is read each time.
-- name: queue_counts
SELECT CASE status WHEN 'queued' THEN 'queued' WHEN 'running' THEN 'running' WHEN 'succeeded' THEN 'done'
    WHEN 'cancelled' THEN 'cancelled' WHEN 'failed' THEN 'failed' WHEN 'timed_out' THEN 'failed' WHEN 'lost' THEN 'failed'
    ELSE 'other' END AS status, status AS native_status, count(*) AS jobs
FROM task_runs GROUP BY status

-- name: queue_ages
SELECT min(created_at) FILTER (WHERE status = 'queued') AS oldest_queued_at_ms,
  min(started_at) FILTER (WHERE status = 'running') AS oldest_running_at_ms,
  NULL AS delayed_jobs, NULL AS next_available_at_ms
FROM task_runs WHERE status IN ('queued', 'running')

-- name: queue_running
SELECT task_id AS job_id, task_id, runtime AS kind, started_at AS started_at_ms, NULL AS attempts, NULL AS max_attempts
FROM task_runs WHERE status = 'running'

-- Several tasks may run within one owner process. OpenClaw also records the `starttime` of /proc/PID/stat, like the
-- service's `start_ticks`; this profile does not use it.
-- name: agents
SELECT task_id AS run_id, task_id, agent_id AS agent, NULL AS model,
  execution_owner_pid AS pid, execution_owner_host AS host,
  started_at AS started_at_ms, NULL AS heartbeat_at_ms, task_id AS job_id, last_event_at AS progress_at_ms
FROM task_runs WHERE status = 'running'

-- name: finished_runs
SELECT task_id AS run_id, task_id, agent_id AS agent, NULL AS model, started_at AS started_at_ms,
  ended_at AS finished_at_ms, NULL AS exit_code
FROM task_runs WHERE status NOT IN ('queued', 'running') AND ended_at IS NOT NULL ORDER BY ended_at DESC LIMIT 100

-- name: agent_job_statuses
SELECT task_id AS job_id, status FROM task_runs WHERE status = 'running'
