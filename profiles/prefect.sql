-- Prefect, a workflow orchestrator: the server's database, on SQLite. A flow run is a task, a job and an agent.
-- dialect: sqlite
-- system: Prefect
-- versions: 3.8, tested with the tables as its object-relational mapping defines them

-- Flows may choose the names of states, so the types of states decide which runs are over.
-- name: stages
SELECT flow_run.id AS task_id, flow_run.name AS work_item, coalesce(state_name, state_type) AS stage,
  state_timestamp AS entered_at, flow.name AS title
FROM flow_run LEFT JOIN flow ON flow.id = flow_run.flow_id
WHERE state_type IN ('SCHEDULED', 'PENDING', 'RUNNING', 'PAUSED', 'CANCELLING')

-- A paused run is neither running nor queued. Keys are UUIDs, so the whole history is read each time.
-- name: queue_counts
SELECT CASE WHEN state_type IN ('SCHEDULED', 'PENDING') THEN 'queued'
    WHEN state_type IN ('RUNNING', 'CANCELLING') THEN 'running' WHEN state_type = 'COMPLETED' THEN 'done'
    WHEN state_type IN ('FAILED', 'CRASHED') THEN 'failed' WHEN state_type = 'CANCELLED' THEN 'cancelled'
    ELSE 'other' END AS status,
  state_type AS native_status, count(*) AS jobs
FROM flow_run GROUP BY state_type

-- A run that continues after a pause counts as another one. Without a retry policy there is one attempt.
-- name: queue_retries
SELECT count(*) FILTER (WHERE run_count >= 2) AS retried_jobs, coalesce(sum(run_count), 0) AS attempts,
  count(*) FILTER (WHERE state_type IN ('SCHEDULED', 'PENDING') AND run_count >= 1) AS waiting_retry,
  count(*) FILTER (WHERE state_type = 'FAILED' AND run_count > CASE WHEN json_valid(empirical_policy)
    THEN coalesce(json_extract(empirical_policy, '$.retries'), 0) ELSE 0 END) AS exhausted_jobs
FROM flow_run

-- Runs that a schedule has planned ahead are delayed. A run that was scheduled before it was created has waited since its
-- creation.
-- name: queue_ages
SELECT waiting.first AS oldest_queued_at, running.first AS oldest_running_at,
  delayed.jobs AS delayed_jobs, delayed.next AS next_available_at
FROM (SELECT min(min(max(coalesce(next_scheduled_start_time, expected_start_time), created),
        datetime('now', 'subsec'))) AS first FROM flow_run
      WHERE state_type IN ('SCHEDULED', 'PENDING')
        AND coalesce(next_scheduled_start_time, expected_start_time) <= datetime('now', 'subsec')) AS waiting,
  (SELECT min(CASE state_type WHEN 'RUNNING' THEN state_timestamp ELSE start_time END) AS first FROM flow_run
   WHERE state_type IN ('RUNNING', 'CANCELLING')) AS running,
  (SELECT count(*) AS jobs, min(coalesce(next_scheduled_start_time, expected_start_time)) AS next FROM flow_run
   WHERE state_type IN ('SCHEDULED', 'PENDING')
     AND coalesce(next_scheduled_start_time, expected_start_time) > datetime('now', 'subsec')) AS delayed

-- name: queue_running
SELECT flow_run.id AS job_id, flow_run.id AS task_id, flow.name AS kind,
  CASE state_type WHEN 'RUNNING' THEN state_timestamp ELSE start_time END AS started_at,
  run_count AS attempts,
  CASE WHEN NOT json_valid(empirical_policy) THEN NULL
    WHEN json_type(empirical_policy, '$.retries') = 'integer' THEN json_extract(empirical_policy, '$.retries') + 1
    END AS max_attempts
FROM flow_run LEFT JOIN flow ON flow.id = flow_run.flow_id WHERE state_type IN ('RUNNING', 'CANCELLING')

-- Global limits, and limits of a tag or a deployment. The holder of a slot is not recorded. The number of denied requests
-- decays over time, at the rate that the server itself uses to estimate how many still wait.
-- name: gates
SELECT name AS scope, NULL AS holder_task_id, NULL AS acquired_at_ms,
  CAST(max(0, denied_slots - floor(max(0, unixepoch('now', 'subsec') - unixepoch(updated, 'subsec'))
    * CASE WHEN slot_decay_per_second > 0 THEN slot_decay_per_second ELSE 1.0 / max(0.1,
      min(avg_slot_occupancy_seconds, CASE WHEN name LIKE 'tag:%' THEN 10 ELSE 30 END)) END)) AS INTEGER) AS waiting
FROM concurrency_limit_v2 WHERE active

-- The process worker writes a process id; other workers write the name of a container or a job. The host is not recorded,
-- so the ids are assumed to be of this host.
-- name: agents
SELECT flow_run.id AS run_id, flow_run.id AS task_id, flow.name AS agent, NULL AS model,
  CASE WHEN length(infrastructure_pid) BETWEEN 1 AND 7 AND infrastructure_pid NOT GLOB '*[^0-9]*'
    THEN CAST(infrastructure_pid AS INTEGER) END AS pid,
  NULL AS host,
  CASE state_type WHEN 'RUNNING' THEN state_timestamp ELSE start_time END AS started_at,
  NULL AS heartbeat_at_ms, flow_run.id AS job_id
FROM flow_run LEFT JOIN flow ON flow.id = flow_run.flow_id WHERE state_type IN ('RUNNING', 'CANCELLING')

-- Uses the index on state_timestamp, not the one on state_type.
-- name: finished_runs
SELECT flow_run.id AS run_id, flow_run.id AS task_id, flow.name AS agent, NULL AS model,
  start_time AS started_at,
  coalesce(end_time, state_timestamp) AS finished_at,
  NULL AS exit_code
FROM flow_run LEFT JOIN flow ON flow.id = flow_run.flow_id
WHERE +state_type IN ('COMPLETED', 'FAILED', 'CRASHED', 'CANCELLED') AND state_timestamp > ''
ORDER BY state_timestamp DESC LIMIT 100

-- name: agent_task_stages
SELECT id AS task_id, coalesce(state_name, state_type) AS stage FROM flow_run
WHERE state_type IN ('RUNNING', 'CANCELLING')

-- name: agent_job_statuses
SELECT id AS job_id, state_type AS status FROM flow_run WHERE state_type IN ('RUNNING', 'CANCELLING')
