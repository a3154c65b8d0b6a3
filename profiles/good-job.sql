-- GoodJob, a job queue for Rails. Times are UTC without a zone, the default of Rails. Finished jobs are kept for
-- 14 days.
-- dialect: postgresql
-- system: GoodJob
-- versions: 4.19, tested with the tables of its schema.rb

-- A job that was performed but holds no lock was interrupted: its process is gone, and the job waits to be taken again.
-- Keys are UUIDs, so the whole history is read. One pass counts it, since PostgreSQL would sort all rows to group them.
-- name: queue_counts
SELECT status, native_status, jobs
FROM (SELECT count(*) FILTER (WHERE finished_at IS NOT NULL AND error IS NULL) AS succeeded,
    count(*) FILTER (WHERE finished_at IS NOT NULL AND error IS NOT NULL) AS discarded,
    count(*) FILTER (WHERE finished_at IS NULL AND performed_at IS NOT NULL AND locked_by_id IS NOT NULL) AS running,
    count(*) FILTER (WHERE finished_at IS NULL AND performed_at IS NOT NULL AND locked_by_id IS NULL) AS interrupted,
    count(*) FILTER (WHERE finished_at IS NULL AND performed_at IS NULL AND scheduled_at > now() AND executions_count >= 1)
      AS retried,
    count(*) FILTER (WHERE finished_at IS NULL AND performed_at IS NULL AND scheduled_at > now()
      AND coalesce(executions_count, 0) = 0) AS scheduled,
    count(*) FILTER (WHERE finished_at IS NULL AND performed_at IS NULL AND (scheduled_at IS NULL OR scheduled_at <= now()))
      AS queued
  FROM good_jobs) AS job
  CROSS JOIN LATERAL (VALUES ('done', 'succeeded', succeeded), ('failed', 'discarded', discarded),
    ('running', 'running', running), ('queued', 'interrupted', interrupted), ('queued', 'retried', retried),
    ('queued', 'scheduled', scheduled), ('queued', 'queued', queued)) AS counted (status, native_status, jobs)
WHERE jobs > 0

-- No table has the maximum number of attempts. A discarded job has none left.
-- name: queue_retries
SELECT count(*) FILTER (WHERE executions_count >= 2) AS retried_jobs,
  coalesce(sum(executions_count), 0)::bigint AS attempts,
  count(*) FILTER (WHERE finished_at IS NULL AND executions_count >= 1 AND (performed_at IS NULL OR locked_by_id IS NULL))
    AS waiting_retry,
  count(*) FILTER (WHERE finished_at IS NOT NULL AND error IS NOT NULL) AS exhausted_jobs
FROM good_jobs

-- A job that was scheduled before it was added, or before its last start, has waited since that later time.
-- name: queue_ages
SELECT min(least(greatest(scheduled_at, created_at, performed_at), now()))
    FILTER (WHERE NOT is_running AND (scheduled_at IS NULL OR scheduled_at <= now())) AS oldest_queued_at,
  min(performed_at) FILTER (WHERE is_running) AS oldest_running_at,
  count(*) FILTER (WHERE NOT is_running AND scheduled_at > now()) AS delayed_jobs,
  min(scheduled_at) FILTER (WHERE NOT is_running AND scheduled_at > now()) AS next_available_at
FROM (SELECT scheduled_at, created_at, performed_at, performed_at IS NOT NULL AND locked_by_id IS NOT NULL AS is_running
  FROM good_jobs WHERE finished_at IS NULL) AS job

-- name: queue_running
SELECT id::text AS job_id, NULL AS task_id, job_class AS kind, performed_at AS started_at, executions_count AS attempts,
  NULL AS max_attempts
FROM good_jobs WHERE locked_by_id IS NOT NULL AND performed_at IS NOT NULL AND finished_at IS NULL

-- Jobs in threads of one process share its pid and its heartbeat, so the activity of one is seen for all. If a process
-- has no pid or no row, the pid is unknown.
-- name: agents
SELECT job.id::text AS run_id, NULL AS task_id, job.job_class AS agent, NULL AS model,
  CASE jsonb_typeof(process.state -> 'pid') WHEN 'number' THEN (process.state ->> 'pid')::numeric::bigint END AS pid,
  process.state ->> 'hostname' AS host, job.performed_at AS started_at, process.updated_at AS heartbeat_at,
  job.id::text AS job_id
FROM good_jobs AS job LEFT JOIN good_job_processes AS process ON process.id = job.locked_by_id
WHERE job.locked_by_id IS NOT NULL AND job.performed_at IS NOT NULL AND job.finished_at IS NULL

-- name: finished_runs
SELECT id::text AS run_id, NULL AS task_id, job_class AS agent, NULL AS model, performed_at AS started_at, finished_at,
  NULL AS exit_code
FROM good_jobs WHERE finished_at IS NOT NULL ORDER BY finished_at DESC LIMIT 100

-- name: agent_job_statuses
SELECT id::text AS job_id, 'running' AS status
FROM good_jobs WHERE locked_by_id IS NOT NULL AND performed_at IS NOT NULL AND finished_at IS NULL
