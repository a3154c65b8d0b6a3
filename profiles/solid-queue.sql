-- Solid Queue, the job queue of Rails, on SQLite. Finished jobs stay for about a day, if the application keeps them at
-- all. Discarded jobs are deleted.
-- dialect: sqlite
-- system: Solid Queue
-- versions: 1.5, tested with the tables that Rails makes of its queue_schema.rb
-- unreported-statuses: cancelled

-- A job's status is the table that has a row for it. Active Job counts executions in a job's arguments and adds a new job
-- for each retry, so sums over jobs do not give attempts.
-- name: job_history
SELECT job_key,
  CASE native_status WHEN 'finished' THEN 'done' WHEN 'failed' THEN 'failed' WHEN 'claimed' THEN 'running'
    WHEN 'none' THEN 'other' ELSE 'queued' END AS status,
  native_status, NULL AS attempts, NULL AS max_attempts, is_open
FROM (SELECT id AS job_key,
    CASE WHEN finished_at IS NOT NULL THEN 'finished'
      WHEN EXISTS (SELECT 1 FROM solid_queue_failed_executions WHERE job_id = jobs.id) THEN 'failed'
      WHEN EXISTS (SELECT 1 FROM solid_queue_claimed_executions WHERE job_id = jobs.id) THEN 'claimed'
      WHEN EXISTS (SELECT 1 FROM solid_queue_ready_executions WHERE job_id = jobs.id) THEN 'ready'
      WHEN EXISTS (SELECT 1 FROM solid_queue_scheduled_executions WHERE job_id = jobs.id) THEN 'scheduled'
      WHEN EXISTS (SELECT 1 FROM solid_queue_blocked_executions WHERE job_id = jobs.id) THEN 'blocked'
      ELSE 'none' END AS native_status,
    finished_at IS NULL AND NOT EXISTS (SELECT 1 FROM solid_queue_failed_executions WHERE job_id = jobs.id) AS is_open
  FROM solid_queue_jobs AS jobs)

-- A blocked job waits for a semaphore, not for a time. Jobs in a paused queue wait too.
-- name: queue_ages
SELECT waiting.first AS oldest_queued_at, running.first AS oldest_running_at,
  delayed.jobs AS delayed_jobs, delayed.next AS next_available_at
FROM (SELECT min(since) AS first FROM (SELECT min(created_at) AS since FROM solid_queue_ready_executions
      UNION ALL SELECT min(min(max(scheduled_at, created_at), datetime('now', 'subsec')))
      FROM solid_queue_scheduled_executions
      WHERE scheduled_at <= datetime('now', 'subsec'))) AS waiting,
  (SELECT min(created_at) AS first FROM solid_queue_claimed_executions) AS running,
  (SELECT count(*) AS jobs, min(scheduled_at) AS next FROM solid_queue_scheduled_executions
   WHERE scheduled_at > datetime('now', 'subsec')) AS delayed

-- The maximum number of attempts is in the job's class.
-- name: queue_running
SELECT CAST(jobs.id AS TEXT) AS job_id, NULL AS task_id, jobs.class_name AS kind,
  claimed.created_at AS started_at,
  CASE WHEN NOT json_valid(jobs.arguments) THEN NULL
    WHEN json_type(jobs.arguments, '$.executions') = 'integer' THEN json_extract(jobs.arguments, '$.executions') + 1
    END AS attempts,
  NULL AS max_attempts
FROM solid_queue_claimed_executions AS claimed JOIN solid_queue_jobs AS jobs ON jobs.id = claimed.job_id

-- The semaphore of a concurrency key. Its holder is the job that has run the longest. A job that may start but does not
-- run yet holds it too, but since when is not recorded.
-- name: gates
SELECT semaphores.key AS scope, CAST(held.job_id AS TEXT) AS holder_task_id,
  held.since AS acquired_at,
  (SELECT count(*) FROM solid_queue_blocked_executions WHERE concurrency_key = semaphores.key) AS waiting
FROM solid_queue_semaphores AS semaphores LEFT JOIN (
  SELECT jobs.concurrency_key, jobs.id AS job_id, min(claimed.created_at) AS since
  FROM solid_queue_claimed_executions AS claimed JOIN solid_queue_jobs AS jobs ON jobs.id = claimed.job_id
  WHERE jobs.concurrency_key IS NOT NULL GROUP BY jobs.concurrency_key
) AS held ON held.concurrency_key = semaphores.key

-- One agent per running job, with its worker. Several jobs may run in the threads of one process.
-- name: agents
SELECT CAST(jobs.id AS TEXT) AS run_id, NULL AS task_id, jobs.class_name AS agent, NULL AS model,
  processes.pid, processes.hostname AS host,
  claimed.created_at AS started_at,
  processes.last_heartbeat_at AS heartbeat_at,
  CAST(jobs.id AS TEXT) AS job_id
FROM solid_queue_claimed_executions AS claimed JOIN solid_queue_jobs AS jobs ON jobs.id = claimed.job_id
  LEFT JOIN solid_queue_processes AS processes ON processes.id = claimed.process_id

-- Uses the index on finished_at. The start time is deleted with the claim.
-- name: finished_runs
SELECT CAST(id AS TEXT) AS run_id, NULL AS task_id, class_name AS agent, NULL AS model, NULL AS started_at_ms,
  finished_at, NULL AS exit_code
FROM solid_queue_jobs WHERE finished_at IS NOT NULL ORDER BY finished_at DESC LIMIT 100

-- name: agent_job_statuses
SELECT CAST(job_id AS TEXT) AS job_id, 'claimed' AS status FROM solid_queue_claimed_executions

-- Finished jobs are deleted. The sequence stays.
-- name: epoch
SELECT name, seq AS highest_key FROM sqlite_sequence WHERE name = 'solid_queue_jobs'
