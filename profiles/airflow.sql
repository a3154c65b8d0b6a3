-- Apache Airflow: its metadata database on PostgreSQL. DAG runs are tasks. Task instances are jobs, and while they run
-- also agents.
-- dialect: postgresql
-- system: Apache Airflow
-- versions: 3, tested with the tables as its models define them

-- name: stages
SELECT id::text AS task_id, dag_id AS work_item, state AS stage, coalesce(start_date, queued_at, run_after) AS entered_at,
  run_id AS title
FROM dag_run WHERE state = 'running' OR state = 'queued'

-- A task instance without a state waits for others. A deferred one waits for a trigger and holds no worker. Keys are UUIDs,
-- so the whole history is read each time.
-- name: queue_counts
SELECT CASE WHEN state IS NULL OR state IN ('scheduled', 'queued', 'up_for_retry', 'up_for_reschedule') THEN 'queued'
    WHEN state IN ('running', 'restarting') THEN 'running' WHEN state = 'success' THEN 'done'
    WHEN state IN ('failed', 'upstream_failed') THEN 'failed' WHEN state IN ('skipped', 'removed') THEN 'cancelled'
    ELSE 'other' END AS status,
  coalesce(state, 'none') AS native_status, count(*) AS jobs
FROM task_instance GROUP BY state

-- Airflow counts a try when it schedules the task instance, before the try starts. An index finds the waiting ones.
-- name: queue_retries
SELECT retried - scheduled_again AS retried_jobs, (tries - scheduled)::bigint AS attempts, waiting_retry, exhausted_jobs
FROM (SELECT count(*) FILTER (WHERE try_number >= 2) AS retried, coalesce(sum(try_number), 0) AS tries,
    count(*) FILTER (WHERE try_number > max_tries AND state = 'failed') AS exhausted_jobs FROM task_instance) AS task,
  (SELECT count(*) FILTER (WHERE is_scheduled AND try_number >= 1) AS scheduled,
    count(*) FILTER (WHERE is_scheduled AND try_number = 2) AS scheduled_again,
    count(*) FILTER (WHERE try_number >= CASE WHEN is_scheduled THEN 2 ELSE 1 END) AS waiting_retry
  FROM (SELECT try_number, coalesce(state IN ('scheduled', 'queued'), false) AS is_scheduled FROM task_instance
    WHERE state IS NULL OR state IN ('scheduled', 'queued', 'up_for_retry', 'up_for_reschedule')) AS open) AS waiting

-- No column here has the time at which a retry or a sleeping sensor may continue. A few of them may already be due.
-- name: queue_ages
SELECT min(coalesce(scheduled_dttm, queued_dttm)) FILTER (WHERE state IN ('scheduled', 'queued')) AS oldest_queued_at,
  min(start_date) FILTER (WHERE state IN ('running', 'restarting')) AS oldest_running_at,
  count(*) FILTER (WHERE state IN ('up_for_retry', 'up_for_reschedule')) AS delayed_jobs, NULL AS next_available_at
FROM task_instance WHERE state IN ('scheduled', 'queued', 'running', 'restarting', 'up_for_retry', 'up_for_reschedule')

-- name: queue_running
SELECT task.id::text AS job_id, run.id::text AS task_id, task.dag_id || '.' || task.task_id AS kind,
  task.start_date AS started_at, task.try_number AS attempts, nullif(task.max_tries + 1, 0) AS max_attempts
FROM task_instance AS task LEFT JOIN dag_run AS run ON run.dag_id = task.dag_id AND run.run_id = task.run_id
WHERE task.state IN ('running', 'restarting')

-- A pool with one slot admits one task instance at a time. The slot is taken once the executor receives the instance.
-- name: gates
SELECT pool.pool AS scope, min(run.id::text) FILTER (WHERE task.state <> 'scheduled') AS holder_task_id,
  min(coalesce(task.queued_dttm, task.start_date)) FILTER (WHERE task.state <> 'scheduled') AS acquired_at,
  count(*) FILTER (WHERE task.state = 'scheduled') AS waiting
FROM slot_pool AS pool
  LEFT JOIN task_instance AS task ON task.pool = pool.pool
    AND (task.state IN ('scheduled', 'queued', 'running') OR task.state = 'deferred' AND pool.include_deferred)
  LEFT JOIN dag_run AS run ON run.dag_id = task.dag_id AND run.run_id = task.run_id
WHERE pool.slots = 1 AND pool.pool IS NOT NULL GROUP BY pool.pool

-- The pid is that of the task's own process. The host is a fully qualified name: set --local-host to this host's.
-- name: agents
SELECT task.id::text AS run_id, run.id::text AS task_id, task.dag_id || '.' || task.task_id AS agent, NULL AS model,
  task.pid, nullif(task.hostname, '') AS host, task.start_date AS started_at, task.last_heartbeat_at AS heartbeat_at,
  task.id::text AS job_id
FROM task_instance AS task LEFT JOIN dag_run AS run ON run.dag_id = task.dag_id AND run.run_id = task.run_id
WHERE task.state IN ('running', 'restarting')

-- Reads the newest thousand by heartbeat, which is indexed and a few seconds older than the end. A failed try that is
-- repeated moves to another table and is not counted here.
-- name: finished_runs
SELECT id::text AS run_id,
  (SELECT run.id::text FROM dag_run AS run WHERE run.dag_id = task.dag_id AND run.run_id = task.run_id) AS task_id,
  dag_id || '.' || task_id AS agent, NULL AS model, start_date AS started_at, end_date AS finished_at, NULL AS exit_code
FROM (SELECT * FROM task_instance WHERE last_heartbeat_at IS NOT NULL ORDER BY last_heartbeat_at DESC LIMIT 1000) AS task
WHERE state IN ('success', 'failed', 'skipped') AND end_date IS NOT NULL ORDER BY end_date DESC LIMIT 100

-- name: agent_task_stages
SELECT DISTINCT run.id::text AS task_id, run.state AS stage
FROM task_instance AS task JOIN dag_run AS run ON run.dag_id = task.dag_id AND run.run_id = task.run_id
WHERE task.state IN ('running', 'restarting') AND run.state IS NOT NULL

-- name: agent_job_statuses
SELECT id::text AS job_id, state AS status FROM task_instance WHERE state IN ('running', 'restarting')

-- A role without SELECT on the sequence gets no row.
-- name: epoch
SELECT schemaname || '.' || sequencename AS name, last_value AS highest_key
FROM pg_sequences WHERE sequencename = 'dag_run_id_seq' AND last_value IS NOT NULL
